//! Numbers as people write and read them: one way to write them, and one parser that reads whatever the page writes.

pub mod read;
pub mod write;

#[cfg(test)]
mod tests;
