//! The paths that a Rust source names in code: enough of a reader to hold the modules to their rules.

/// What a source names.
#[derive(Debug, Default)]
pub struct Source {
    /// The modules that it declares to lie in files of their own, by `mod name;`.
    pub children: Vec<String>,
    /// What its `use` declarations bring in.
    pub imports: Vec<Import>,
    /// Every path outside `use`, single names included. A method that is called is there as `.name`.
    pub paths: Vec<Path>,
}

/// One path with the modules within the file that it stands in: `["tests"]` for a unit test's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its parts in full, as `crate`, `domain`, `task`: `self` and `super` are resolved.
    pub parts: Vec<String>,
    /// The modules within the file, outermost first.
    pub scope: Vec<String>,
}

/// One name that a `use` declaration brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What is brought in.
    pub path: Path,
    /// The name that it has in this file; none for `*`.
    pub name: Option<String>,
    /// Whether others may name it as this file's: `pub use`, `pub(crate) use`.
    pub is_public: bool,
}

/// Every path of a source in full, as `crate::domain::task` or `std::time`.
pub fn paths(source: &str, module: &[&str]) -> Vec<String> {
    let Source { imports, paths, .. } = read(source, module);
    let imports = imports.into_iter().map(|import| import.path);
    imports.chain(paths).map(|path| path.parts.join("::")).collect()
}

/// Reads the source of `module`.
pub fn read(source: &str, module: &[&str]) -> Source {
    let tokens = tokens(source);
    let mut reader = Reader { tokens: &tokens, at: 0, module, depth: 0, scopes: Vec::new(), found: Source::default() };
    reader.source();
    reader.found
}

/// Keywords after which a path may begin, which may then begin with `::`.
const KEYWORDS: [&str; 10] = ["as", "dyn", "impl", "mut", "in", "return", "match", "if", "while", "else"];

#[derive(Debug, PartialEq)]
enum Token {
    Name(String),
    /// `::`
    Colons,
    Mark(char),
}

/// A source without its comments and literals.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let used = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            text(rest)
        } else if rest.starts_with("r\"") || rest.starts_with("r#\"") {
            let end = if rest.starts_with("r#") { "\"#" } else { "\"" };
            let begun = end.len() + 1;
            rest[begun..].find(end).map_or(rest.len(), |at| begun + at + end.len())
        } else if first == '\'' {
            character(rest)
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            if !first.is_ascii_digit() {
                tokens.push(Token::Name(rest[..end].to_owned()));
            }
            end
        } else if rest.starts_with("::") {
            tokens.push(Token::Colons);
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            first.len_utf8()
        };
        rest = &rest[used..];
    }
    tokens
}

/// The length of a string literal at the beginning.
fn text(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest[1..].find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 2)
}

/// The length of a character literal at the beginning, or of a lifetime's mark.
fn character(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((after, _))) => rest[after + 1..].find('\'').map_or(rest.len(), |end| after + end + 2),
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    module: &'a [&'a str],
    /// How many braces are open.
    depth: usize,
    /// The modules within the file that are open, each with the braces that were open before it.
    scopes: Vec<(String, usize)>,
    found: Source,
}

impl Reader<'_> {
    fn source(&mut self) {
        let mut is_public = false;
        while let Some(token) = self.tokens.get(self.at) {
            let was_public = std::mem::take(&mut is_public);
            match token {
                Token::Name(name) => match name.as_str() {
                    "pub" => {
                        self.at += 1;
                        self.skip_restriction();
                        is_public = true;
                    }
                    "use" => {
                        self.at += 1;
                        self.tree(&[], was_public);
                    }
                    "mod" => self.module(),
                    keyword if KEYWORDS.contains(&keyword) => self.at += 1,
                    _ => self.path(),
                },
                Token::Mark('.') if self.mark(2) == Some('(') => {
                    if let Some(method) = self.name(1) {
                        let method = format!(".{method}");
                        self.found.paths.push(Path { parts: vec![method], scope: self.scope() });
                    }
                    self.at += 2;
                }
                Token::Mark(mark) => {
                    match mark {
                        '{' => self.depth += 1,
                        '}' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                    self.scopes.retain(|(_, before)| *before < self.depth);
                    self.at += 1;
                }
                Token::Colons => self.at += 1,
            }
        }
    }

    fn name(&self, ahead: usize) -> Option<&str> {
        match self.tokens.get(self.at + ahead) {
            Some(Token::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn mark(&self, ahead: usize) -> Option<char> {
        match self.tokens.get(self.at + ahead) {
            Some(Token::Mark(mark)) => Some(*mark),
            _ => None,
        }
    }

    fn scope(&self) -> Vec<String> {
        self.scopes.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Passes over `(crate)`, `(super)` or `(in path)`, which names nothing that is used.
    fn skip_restriction(&mut self) {
        if self.mark(0) == Some('(') && matches!(self.name(1), Some("crate" | "super" | "self" | "in")) {
            while self.tokens.get(self.at).is_some_and(|token| *token != Token::Mark(')')) {
                self.at += 1;
            }
            self.at += 1;
        }
    }

    /// Reads `mod name;` or the beginning of `mod name {`.
    fn module(&mut self) {
        let name = self.name(1).map(str::to_owned);
        match (name, self.mark(2)) {
            (Some(name), Some(';')) => self.found.children.push(name),
            (Some(name), Some('{')) => {
                self.scopes.push((name, self.depth));
                self.depth += 1;
                self.at += 1;
            }
            _ => {}
        }
        self.at += 2;
    }

    /// Reads a path outside `use`.
    fn path(&mut self) {
        let mut parts = Vec::new();
        while let Some(name) = self.name(0) {
            parts.push(name.to_owned());
            self.at += 1;
            if self.tokens.get(self.at) != Some(&Token::Colons) {
                break;
            }
            self.at += 1;
        }
        let path = self.resolved(&parts);
        self.found.paths.push(path);
    }

    /// Reads one path of a `use`, or one tree of them, that goes on from `prefix`.
    fn tree(&mut self, prefix: &[String], is_public: bool) {
        let mut parts = prefix.to_vec();
        loop {
            match &self.tokens.get(self.at) {
                Some(Token::Name(name)) if name != "as" => parts.push(name.clone()),
                Some(Token::Colons) => {}
                Some(Token::Mark('{')) => {
                    self.at += 1;
                    while self.at < self.tokens.len() && self.mark(0) != Some('}') {
                        self.tree(&parts, is_public);
                        if self.mark(0) == Some(',') {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                _ => break,
            }
            self.at += 1;
        }
        if parts.last().is_some_and(|last| last == "self") && parts.len() > 1 {
            parts.pop();
        }
        let mut name = parts.last().cloned();
        if self.mark(0) == Some('*') {
            name = None;
            self.at += 1;
        } else if self.name(0) == Some("as") {
            name = self.name(1).map(str::to_owned);
            self.at += 2;
        } else if !matches!(self.mark(0), Some(',' | '}' | ';')) {
            // Not Rust; go on, and come to an end.
            self.at += 1;
        }
        let path = self.resolved(&parts);
        self.found.imports.push(Import { path, name, is_public });
    }

    fn resolved(&self, parts: &[String]) -> Path {
        let scope = self.scope();
        let module = self.module.iter().copied().chain(scope.iter().map(String::as_str)).collect::<Vec<_>>();
        Path { parts: resolve(parts, &module), scope: self.scope() }
    }
}

fn resolve(path: &[String], module: &[&str]) -> Vec<String> {
    let mut within: Option<Vec<&str>> = None;
    let mut rest = path;
    while let [first, others @ ..] = rest {
        match (first.as_str(), &mut within) {
            ("crate" | "reptile_lab", None) => within = Some(vec![]),
            ("self", None) if !others.is_empty() => within = Some(module.to_vec()),
            ("super", None) => within = Some(module[..module.len().saturating_sub(1)].to_vec()),
            ("super", Some(modules)) => drop(modules.pop()),
            _ => break,
        }
        rest = others;
    }
    let root = within.is_some().then_some("crate");
    let rest = rest.iter().map(String::as_str);
    root.into_iter().chain(within.into_iter().flatten()).chain(rest).map(str::to_owned).collect()
}
