//! What stands around the panels: header, run bar, notices, keys, address, language and colours.

pub mod address;
pub mod app;
pub mod browser;
pub mod cost;
pub mod header;
pub mod keyboard;
pub mod language;
pub mod leave;
pub mod notices;
pub mod preferences;
pub mod projector;
pub mod run_bar;
pub mod session;
mod timeline;
