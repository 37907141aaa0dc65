//! The paths that a Rust source names in code: enough of a reader to hold the modules to their rules.

/// Every path of a source in full, as `crate::domain::task` or `std::time`: trees of braces opened, `self` and `super`
/// resolved from `module`, single names included. A method that is called is there as `.name`.
///
/// A module within the file counts as the file's own, so that its `super` reaches one module too far.
pub fn paths(source: &str, module: &[&str]) -> Vec<String> {
    let tokens = tokens(source);
    let mut reader = Reader { tokens: &tokens, at: 0, found: Vec::new() };
    while reader.at < tokens.len() {
        match &tokens[reader.at] {
            Token::Name(_) => reader.tree(&[]),
            Token::Mark('.') if matches!(tokens.get(reader.at + 2), Some(Token::Mark('('))) => {
                if let Some(Token::Name(method)) = tokens.get(reader.at + 1) {
                    reader.found.push(vec![format!(".{method}")]);
                }
                reader.at += 2;
            }
            _ => reader.at += 1,
        }
    }
    reader.found.into_iter().map(|path| resolve(&path, module)).collect()
}

/// Keywords after which a path may begin with `::`.
const KEYWORDS: [&str; 11] = ["use", "as", "dyn", "impl", "mut", "in", "return", "match", "if", "while", "else"];

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
            let name = &rest[..end];
            if !first.is_ascii_digit() {
                // No path goes on from a keyword: `use ::rand`.
                tokens.push(if KEYWORDS.contains(&name) { Token::Mark(' ') } else { Token::Name(name.to_owned()) });
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
    found: Vec<Vec<String>>,
}

impl Reader<'_> {
    /// Reads one path, or one tree of them, that goes on from `prefix`.
    fn tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        while let Some(Token::Name(name)) = self.tokens.get(self.at) {
            path.push(name.clone());
            self.at += 1;
            if self.tokens.get(self.at) != Some(&Token::Colons) {
                break;
            }
            self.at += 1;
            if self.tokens.get(self.at) == Some(&Token::Mark('{')) {
                self.at += 1;
                return self.branches(&path);
            }
        }
        self.found.push(path);
    }

    /// Reads the paths between braces.
    fn branches(&mut self, prefix: &[String]) {
        loop {
            match self.tokens.get(self.at) {
                None => return,
                Some(Token::Mark('}')) => {
                    self.at += 1;
                    return;
                }
                Some(Token::Name(_)) => self.tree(prefix),
                Some(_) => self.at += 1,
            }
        }
    }
}

fn resolve(path: &[String], module: &[&str]) -> String {
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
    root.into_iter().chain(within.into_iter().flatten()).chain(rest).collect::<Vec<_>>().join("::")
}
