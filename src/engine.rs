//! The engine: a session that trains and answers commands, in a Web Worker, and the page's end of it.

pub mod protocol;
