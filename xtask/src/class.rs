//! A class that opens the page at once: browsers of 300 students, played on this machine, download what a visitor's browser
//! does from one server, which all of them share 50 Mbit/s of.
//!
//! Server and browsers are threads that talk HTTP over loopback connections, kept alive, six a browser. The server sends
//! what `brotli` has compressed beforehand, as the README recommends, and lets no more bytes pass than the network would,
//! those of TCP and IP counted in. What this leaves out: the time that a byte is on its way, and what is lost on it; and the
//! time that a browser runs for.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::files::{files, name};
use crate::step::Error;
use crate::workspace::Workspace;

/// Students.
const CLASS: usize = 300;
/// Students for a look.
const FEW: usize = 60;
/// What the server has for all of them (bytes/s): 50 Mbit/s.
const RATE: f64 = 50e6 / 8.0;
/// Connections of a browser to one server, by HTTP/1.1.
const CONNECTIONS: usize = 6;
/// Bytes that pass at a time: those of eleven segments.
const PIECE: usize = 11 * 1448;
/// Bytes on the network for each of a segment's: Ethernet carries 1500, of which TCP and IP take 52.
const ON_THE_NETWORK: f64 = 1500.0 / 1448.0;
/// The longest that `www/offline/offline.js` waits before the rest is fetched (s).
const SPREAD: f64 = 30.0;
/// The stack of a thread, of which there are thousands.
const STACK: usize = 128 << 10;

/// Compresses a file for the server.
const COMPRESS: &str = "const z=require('zlib'),f=require('fs');\
    f.writeFileSync(process.argv[2],z.brotliCompressSync(f.readFileSync(process.argv[1])))";

/// What a browser asks for.
#[derive(Clone, Debug)]
struct Request {
    /// The file.
    file: String,
    /// What has to be there before it is asked for, by its place in the list.
    after: Option<usize>,
    /// Whether the page can train without it.
    is_needed: bool,
    /// Whether the browser has it already, and asks whether it is still the same.
    is_known: bool,
}

/// How a visitor comes to the page.
struct Way {
    title: &'static str,
    requests: Vec<Request>,
    /// Further requests, one after the other, some time after the page can train.
    rest: Vec<Request>,
}

/// Lets 300 students, or a few for a look, open the page and the page in one file, and prints when they can train.
///
/// # Errors
/// If the built page is not as it should be, a file cannot be compressed, or there is no loopback port.
pub fn class(workspace: &Workspace, dist: &Path, single: &Path, is_quick: bool) -> Result<(), Error> {
    let students = if is_quick { FEW } else { CLASS };
    let mut bodies = HashMap::new();
    for file in files(dist)? {
        bodies.insert(name(dist, &file), compressed(workspace, &file)?);
    }
    bodies.insert(String::from(SINGLE), compressed(workspace, single)?);
    let bodies = Arc::new(bodies);
    println!(
        "{students} students at {} Mbit/s, brotli; seconds until the first, the median and the last can train",
        RATE * 8.0 / 1e6
    );
    println!(
        "{:<44} {:>9} {:>7} {:>7} {:>7} {:>9} {:>9}",
        "", "to train", "first", "median", "last", "in all", "all done"
    );
    for way in ways(dist)? {
        let outcome = play(&bodies, &way, students);
        println!("{:<44} {outcome}", way.title);
    }
    Ok(())
}

/// The name of the page in one file on the server.
const SINGLE: &str = "reptile-lab.html";

fn compressed(workspace: &Workspace, file: &Path) -> Result<Vec<u8>, Error> {
    let to = workspace.scratch().join("class.br");
    let step = workspace.step("node").args(["-e", COMPRESS]).arg(file).arg(&to);
    if step.output().is_none() {
        return Err(Error::Missing {
            what: String::from("a Node.js that compresses as a server would"),
            advice: String::from("Install Node.js to play a class."),
        });
    }
    fs::read(&to).map_err(Error::file(&to))
}

/// The requests of a browser without a GPU, in the order in which Chromium makes them.
fn ways(dist: &Path) -> Result<[Way; 3], Error> {
    let names: Vec<String> = files(dist)?.iter().map(|file| name(dist, file)).collect();
    let find = |start: &str, end: &str| {
        let found = names.iter().find(|name| name.starts_with(start) && name.ends_with(end));
        found.cloned().ok_or_else(|| Error::Missing {
            what: format!("{} has no {start}…{end}", dist.display()),
            advice: String::from("`cargo xtask build` makes it."),
        })
    };
    let split = find("reptile-lab-", "_split.js")?;
    let program = split.replace("_split.js", ".js");
    let ask = |file: &str, after, is_needed| Request { file: file.to_owned(), after, is_needed, is_known: false };
    let first = vec![
        ask("index.html", None, true),
        ask(&find("styles-", ".css")?, Some(0), true),
        ask("start.js", Some(0), true),
        ask(&program, Some(0), true),
        ask(&find("reptile-lab-", "_bg.wasm")?, Some(0), true),
        ask(&find("translated-", ".js")?, Some(0), true),
        ask(&find("program-", ".js")?, Some(0), true),
        ask("worker.js", Some(2), true),
        ask(&split, Some(3), true),
        ask("engine.js", Some(7), true),
        ask("engine_bg.wasm", Some(7), true),
        ask(&find("favicon-", ".svg")?, Some(8), false),
        // When the engine can train.
        ask(&find("reptile-lab-", "_late.wasm")?, Some(10), false),
    ];
    let asked: Vec<&str> = first.iter().map(|request| request.file.as_str()).collect();
    let is_hashed = |name: &str| name.contains('-') && asked.contains(&name);
    let kept = names.iter().filter(|name| !is_hashed(name));
    let rest =
        kept.map(|name| Request { is_known: asked.contains(&name.as_str()), ..ask(name, None, false) }).collect();
    Ok([
        Way { title: "the page", requests: first.clone(), rest: Vec::new() },
        Way { title: "the page, which each browser then keeps", requests: first, rest },
        Way { title: "the page in one file", requests: vec![ask(SINGLE, None, true)], rest: Vec::new() },
    ])
}

/// What a student's browser has seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    bytes_to_train: usize,
    bytes: usize,
    trains: f64,
    done: f64,
}

fn play(bodies: &Arc<HashMap<String, Vec<u8>>>, way: &Way, students: usize) -> String {
    let network = Arc::new(Network::new());
    let server = serve(Arc::clone(bodies), Arc::clone(&network));
    let begun = Instant::now();
    let browsers: Vec<_> = (0..students)
        .map(|student| {
            let (requests, rest) = (way.requests.clone(), way.rest.clone());
            // Spread evenly, in an order of its own.
            let wait = SPREAD * ((student * 7919 % students) as f64 + 0.5) / students as f64;
            spawn(move || visit(server, requests, &rest, Duration::from_secs_f64(wait), begun))
        })
        .collect();
    let mut seen: Vec<Seen> = browsers.into_iter().filter_map(|browser| browser.join().ok()).collect();
    assert_eq!(seen.len(), students, "a student's browser has failed");
    seen.sort_by(|a, b| a.trains.total_cmp(&b.trains));
    let last = seen.iter().fold(0.0_f64, |last, seen| last.max(seen.done));
    let (first, middle, end) = (seen[0], seen[students / 2], seen[students - 1]);
    format!(
        "{:>6} kB {:>7.1} {:>7.1} {:>7.1} {:>6} kB {:>9.1}",
        first.bytes_to_train / 1000,
        first.trains,
        middle.trains,
        end.trains,
        first.bytes / 1000,
        last
    )
}

fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread for a part of the class")
}

/// What a browser's connections share.
struct Queue {
    /// Requests, and whether each has been asked for and answered.
    requests: Vec<(Request, bool, bool)>,
    bytes: usize,
    /// Seconds and bytes at which the page could train.
    trains: Option<(f64, usize)>,
}

fn visit(server: SocketAddr, requests: Vec<Request>, rest: &[Request], wait: Duration, begun: Instant) -> Seen {
    let connections = requests.len().min(CONNECTIONS);
    let requests = requests.into_iter().map(|request| (request, false, false)).collect();
    let queue = Arc::new((Mutex::new(Queue { requests, bytes: 0, trains: None }), Condvar::new()));
    let others: Vec<_> = (1..connections)
        .map(|_| {
            let queue = Arc::clone(&queue);
            spawn(move || work(&mut connect(server), &queue, begun))
        })
        .collect();
    let mut connection = connect(server);
    work(&mut connection, &queue, begun);
    for other in others {
        other.join().expect("a connection that works");
    }
    let (trains, bytes_to_train) = queue.0.lock().expect("no holder panics").trains.expect("all is answered");
    let mut bytes = queue.0.lock().expect("no holder panics").bytes;
    if !rest.is_empty() {
        thread::sleep(wait.saturating_sub(begun.elapsed().saturating_sub(Duration::from_secs_f64(trains))));
    }
    bytes += rest.iter().map(|request| get(&mut connection, request)).sum::<usize>();
    Seen { bytes_to_train, bytes, trains, done: begun.elapsed().as_secs_f64() }
}

fn connect(server: SocketAddr) -> BufReader<TcpStream> {
    BufReader::with_capacity(PIECE, TcpStream::connect(server).expect("the server listens"))
}

/// Asks for what can be asked for, until all has been.
fn work(connection: &mut BufReader<TcpStream>, queue: &(Mutex<Queue>, Condvar), begun: Instant) {
    let (lock, changed) = queue;
    let mut shared = lock.lock().expect("no holder panics");
    while shared.requests.iter().any(|(_, is_asked, _)| !is_asked) {
        let can_be_asked = |(request, is_asked, _): &(Request, bool, bool)| {
            !is_asked && request.after.is_none_or(|before| shared.requests[before].2)
        };
        let Some(next) = shared.requests.iter().position(can_be_asked) else {
            shared = changed.wait(shared).expect("no holder panics");
            continue;
        };
        shared.requests[next].1 = true;
        let request = shared.requests[next].0.clone();
        drop(shared);
        let bytes = get(connection, &request);
        shared = lock.lock().expect("no holder panics");
        shared.bytes += bytes;
        shared.requests[next].2 = true;
        if shared.trains.is_none()
            && shared.requests.iter().all(|(request, _, is_there)| *is_there || !request.is_needed)
        {
            shared.trains = Some((begun.elapsed().as_secs_f64(), shared.bytes));
        }
        changed.notify_all();
    }
}

/// Asks for a file, and returns the bytes of the answer.
fn get(connection: &mut BufReader<TcpStream>, request: &Request) -> usize {
    let known = if request.is_known { "If-None-Match: \"it\"\r\n" } else { "" };
    let head = format!("GET /{} HTTP/1.1\r\nHost: lab.test\r\nAccept-Encoding: br\r\n{known}\r\n", request.file);
    connection.get_mut().write_all(head.as_bytes()).expect("the server listens");
    let (mut bytes, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        bytes += connection.read_line(&mut line).expect("the server answers");
        assert!(!line.starts_with("HTTP/1.1 404"), "the server has no {}", request.file);
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().expect("a number");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).expect("the server answers");
    bytes + length
}

/// The network at the server, which bytes leave one piece after the other.
struct Network {
    /// When the last of what waits will have left.
    free: Mutex<Instant>,
}

impl Network {
    fn new() -> Self {
        Self { free: Mutex::new(Instant::now()) }
    }

    /// Waits until so many bytes have left.
    fn pass(&self, bytes: usize) {
        let takes = Duration::from_secs_f64(bytes as f64 * ON_THE_NETWORK / RATE);
        let left = {
            let mut free = self.free.lock().expect("no holder panics");
            *free = (*free).max(Instant::now()) + takes;
            *free
        };
        thread::sleep(left.saturating_duration_since(Instant::now()));
    }
}

/// Serves these files on a port of this machine, as long as the program runs.
fn serve(bodies: Arc<HashMap<String, Vec<u8>>>, network: Arc<Network>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let address = listener.local_addr().expect("a bound port has an address");
    spawn(move || {
        for stream in listener.incoming().flatten() {
            let (bodies, network) = (Arc::clone(&bodies), Arc::clone(&network));
            // A browser that has all it wants hangs up.
            spawn(move || drop(answer(stream, &bodies, &network)));
        }
    });
    address
}

fn answer(stream: TcpStream, bodies: &HashMap<String, Vec<u8>>, network: &Network) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut stream = stream;
    while let Some(request) = lines.next().transpose()? {
        let mut is_known = false;
        for header in lines.by_ref() {
            let header = header?;
            is_known |= header.starts_with("If-None-Match");
            if header.is_empty() {
                break;
            }
        }
        let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
        let (status, body) = match bodies.get(path) {
            Some(_) if is_known => ("304 Not Modified", [].as_slice()),
            Some(body) => ("200 OK", body.as_slice()),
            None => ("404 Not Found", [].as_slice()),
        };
        // As long as the head of a usual server.
        let head = format!(
            "HTTP/1.1 {status}\r\nServer: Caddy\r\nDate: Sun, 29 Nov 2026 16:00:00 GMT\r\nContent-Type: text/javascript; charset=utf-8\r\n\
             Content-Encoding: br\r\nVary: Accept-Encoding\r\nCache-Control: no-cache\r\nEtag: \"it\"\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        network.pass(head.len());
        stream.write_all(head.as_bytes())?;
        for piece in body.chunks(PIECE) {
            network.pass(piece.len());
            stream.write_all(piece)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_another_waits_for_it_and_the_network_for_all() {
        let ask = |file: &str, after| Request { file: file.to_owned(), after, is_needed: true, is_known: false };
        let requests = vec![ask("a", None), ask("b", Some(0)), ask("c", Some(0))];
        let rest = vec![Request { is_known: true, ..ask("a", None) }];
        let bodies =
            Arc::new([("a", 1_000), ("b", 300_000), ("c", 0)].map(|(name, size)| (name.to_owned(), vec![0; size])));
        let bodies: Arc<HashMap<_, _>> = Arc::new(bodies.iter().cloned().collect());
        let server = serve(bodies, Arc::new(Network::new()));
        let begun = Instant::now();
        let seen = visit(server, requests, &rest, Duration::ZERO, begun);
        assert!(seen.bytes_to_train > 301_000 && seen.bytes_to_train < 303_000, "{seen:?}");
        // One that is known is not sent again.
        assert!(seen.bytes - seen.bytes_to_train < 1_000, "{seen:?}");
        let least = 301_000.0 * ON_THE_NETWORK / RATE;
        assert!(seen.trains >= least && seen.done >= seen.trains, "{seen:?} in less than {least} s");
    }
}
