//! `cargo xtask`: sets up what the project needs, then serves, builds, tests or measures it.
//!
//! It has no dependencies, so that the first command on a fresh machine answers within seconds.
//!
//! - [`cli`]: what may be asked for
//! - [`workspace`], [`step`]: where things are; running a program and saying what went wrong
//! - [`version`], [`lock`]: which versions are there and which are wanted
//! - [`tools`], [`debian`], [`npm`], [`browser`]: getting what is missing
//! - [`split`], [`policy`], [`optimize`], [`offline`]: what a page for visitors goes through after trunk
//! - [`mod@single_file`], [`mod@notebook`]: the page in one file, and for notebooks
//! - [`files`], [`sha256`], [`mod@base64`]: its files, and texts that stand for them
//! - [`site`], [`checks`], [`mod@bench`], [`mod@class`]: the commands themselves

mod base64;
mod bench;
mod browser;
mod checks;
mod class;
mod cli;
mod debian;
mod files;
mod lock;
mod notebook;
mod npm;
mod offline;
mod optimize;
mod other_browsers;
mod policy;
mod port;
mod sha256;
mod single_file;
mod site;
mod split;
mod step;
mod tools;
mod version;
mod workspace;

use std::env;
use std::process::ExitCode;

use cli::Request;
use step::Error;
use workspace::Workspace;

fn main() -> ExitCode {
    match cli::parse(env::args().skip(1)).and_then(|request| answer(&request)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn answer(request: &Request) -> Result<(), Error> {
    match request {
        Request::Help => {
            println!("{}", cli::USAGE);
            Ok(())
        }
        Request::Serve(options) => site::serve(&Workspace::locate(), options),
        Request::Build => site::build(&Workspace::locate()).map(drop),
        Request::Notebook => notebook::notebook(&Workspace::locate()),
        Request::SingleFile => single_file::single_file(&Workspace::locate()),
        Request::Bench(options) => bench::bench(&Workspace::locate(), options),
        Request::Fuzz(options) => checks::fuzz(&Workspace::locate(), options),
        Request::Test { part, arguments } => checks::test(&Workspace::locate(), *part, arguments),
    }
}
