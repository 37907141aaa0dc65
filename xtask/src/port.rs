//! A free port to serve on.

use std::net::{Ipv4Addr, TcpListener};

use crate::step::Error;

/// Where to start looking: trunk's own default.
const FIRST: u16 = 8080;
/// How many ports to try.
const TRIES: u16 = 100;

/// The port that was asked for, or the first free one.
///
/// # Errors
/// If the port that was asked for is taken, or every port that was tried.
pub fn choose(asked: Option<u16>) -> Result<u16, Error> {
    choose_among(asked, is_free)
}

fn choose_among(asked: Option<u16>, is_free: impl Fn(u16) -> bool) -> Result<u16, Error> {
    let mut candidates = match asked {
        Some(port) => port..=port,
        None => FIRST..=FIRST + TRIES - 1,
    };
    candidates.clone().find(|port| is_free(*port)).ok_or_else(|| Error::Missing {
        what: match asked {
            Some(port) => format!("port {port} is taken by another program"),
            None => format!("the ports {FIRST} to {} are all taken", candidates.next_back().unwrap_or(FIRST)),
        },
        advice: String::from("Name a free one with `--port N`."),
    })
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_port_is_chosen() {
        assert_eq!(choose_among(None, |_| true).ok(), Some(8080));
        assert_eq!(choose_among(None, |port| port > 8082).ok(), Some(8083));
    }

    #[test]
    fn a_port_that_was_asked_for_is_taken_as_said() {
        assert_eq!(choose_among(Some(9000), |_| true).ok(), Some(9000));
        let error = choose_among(Some(9000), |port| port != 9000).expect_err("9000 is taken");
        assert!(error.to_string().contains("9000"), "{error}");
    }

    #[test]
    fn having_none_is_an_error_that_names_the_range() {
        let error = choose_among(None, |_| false).expect_err("all are taken").to_string();
        assert!(error.contains("8080 to 8179"), "{error}");
    }

    #[test]
    fn a_port_in_use_is_seen() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        assert!(!is_free(port));
        drop(listener);
        assert!(is_free(port));
    }
}
