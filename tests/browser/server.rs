//! A web server of one folder, on a loopback port of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::{env, fs, io};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Serves files until the runtime that it was started in ends. Clones are the same server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where the page is.
    pub address: String,
    /// The paths that were asked for, each as often as it was.
    pub asked: Arc<Mutex<Vec<String>>>,
    /// What it serves from now on. Without any file it hangs up without an answer, as if it had gone.
    pub files: Arc<RwLock<Files>>,
}

/// How a server answers.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Headers of every answer.
    pub headers: &'static [(&'static str, &'static str)],
    /// The media type of wasm.
    pub wasm: &'static str,
    /// What workers run first: for browsers that are otherwise than this one.
    pub worker: &'static str,
    /// Whether browsers may keep the page for when there is no network. Elsewhere every file is asked for once, and when
    /// the page needs it.
    pub keeps: bool,
    /// Whether it says for how long files with a hash in their name, or a build in their address, are the same, as README
    /// has it.
    pub ages: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { headers: &[], wasm: "application/wasm", worker: "", keeps: false, ages: false }
    }
}

/// The fewest hexadecimal digits of a hash, and what is none.
const HASH: usize = 15;
const NO_HEX: fn(char) -> bool = |letter| !letter.is_ascii_hexdigit();

/// By this the page knows that it may be kept.
const MANIFEST: &str = "<link rel=\"manifest\" href=\"manifest.json\">";

/// Files by their path on the server, `/` first.
pub type Files = HashMap<String, Vec<u8>>;

impl Server {
    /// Serves the built page below `base`, which begins and ends with `/`, without the files that `missing` names, with
    /// `*` for a hash.
    ///
    /// # Panics
    /// If there is no built page: `REPTILE_LAB_DIST` names its folder, else it is `dist`.
    pub async fn start(base: &str, missing: &[&str], manner: Manner) -> Self {
        let dist = dist();
        let mut files = Files::new();
        read(&dist, base, &mut files)
            .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask build` makes it", dist.display()));
        for name in missing {
            let before = files.len();
            let (start, end) = name.split_once('*').unwrap_or((name, ""));
            let start = format!("{base}{start}");
            let is_hash = name.contains('*');
            files.retain(|path, _| !(path.starts_with(&start) && path.ends_with(end) && (is_hash || *path == start)));
            assert!(files.len() < before, "the page has no {name}");
        }
        if let Some(worker) = files.get_mut(&format!("{base}worker.js")) {
            worker.splice(0..0, manner.worker.bytes());
        }
        if let (false, Some(document)) = (manner.keeps, files.get_mut(&format!("{base}index.html"))) {
            *document = String::from_utf8_lossy(document).replace(MANIFEST, "").into_bytes();
        }
        let server = Self::of(files, manner).await;
        Self { address: server.address + base.trim_start_matches('/'), ..server }
    }

    /// Serves these files; the address is that of `/`.
    pub async fn of(files: Files, manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound port has an address");
        let (asked, files) = (Arc::default(), Arc::new(RwLock::new(files)));
        tokio::spawn(serve(listener, Arc::clone(&files), manner, Arc::clone(&asked)));
        Self { address: format!("http://{address}/"), asked, files }
    }
}

/// The folder of the built page.
#[must_use]
pub fn dist() -> PathBuf {
    let named = env::var_os("REPTILE_LAB_DIST");
    named.map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/dist").into(), PathBuf::from)
}

/// Adds every file below a folder, hidden ones left out: they are none of the page.
///
/// # Errors
/// If one cannot be read.
pub fn read(folder: &Path, base: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
        } else if path.is_dir() {
            read(&path, &format!("{base}{name}/"), files)?;
        } else {
            files.insert(format!("{base}{name}"), fs::read(&path)?);
        }
    }
    Ok(())
}

async fn serve(listener: TcpListener, files: Arc<RwLock<Files>>, manner: Manner, asked: Arc<Mutex<Vec<String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (files, asked) = (Arc::clone(&files), Arc::clone(&asked));
        tokio::spawn(async move {
            // A browser that hangs up in the middle knows why.
            drop(answer(stream, &files, manner, &asked).await);
        });
    }
}

/// Answers one request, and closes the connection.
async fn answer(
    mut stream: TcpStream,
    files: &RwLock<Files>,
    manner: Manner,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    let request = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|header| !header.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    asked.lock().expect("no holder panics").push(path.clone());
    let (status, body) = {
        let files = files.read().expect("no holder panics");
        if files.is_empty() {
            return Ok(());
        }
        match files.get(&path) {
            Some(body) => ("200 OK", body.clone()),
            None => ("404 Not Found", b"There is no such file.".to_vec()),
        }
    };
    let has_hash = [path.as_str(), query].iter().any(|part| part.split(NO_HEX).any(|word| word.len() >= HASH));
    let age = [("Cache-Control", if has_hash { "max-age=7200" } else { "no-cache" })];
    let headers = manner.headers.iter().chain(age.iter().filter(|_| manner.ages));
    let more = headers.map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n",
        media_type(&path, manner),
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

fn media_type(path: &str, manner: Manner) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript",
        "css" => "text/css",
        "wasm" => manner.wasm,
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}
