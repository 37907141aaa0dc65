//! Which file of a crate imports which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{self, Path, Source};

/// The imports among the files of a crate.
///
/// A file is known by its module (`domain::task`; `lib` for the crate's root), and imports another where it names
/// something that the other defines. What a file only passes on (`pub use`) counts for those who use it: the path
/// `backend::Backend` leads to the file that defines the trait, not to the one that passes it on. Neither `mod name;`
/// nor the bare name of a module is an import. A parent's use of its child is one, as is the child's of its parent.
///
/// Not counted: unit tests, calls of methods, macros that are in scope by their place in the text.
#[derive(Debug, Default)]
pub struct Imports {
    /// From the file that imports, to the file that it imports from, by which paths.
    edges: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

/// Files that each come to all others by their imports.
#[derive(Debug, PartialEq, Eq)]
pub struct Circle {
    /// The files, in alphabetical order.
    pub files: Vec<String>,
    /// The imports among them: `domain::task → domain::rng by crate::domain::rng::Rng`.
    pub imports: Vec<String>,
}

impl Imports {
    /// Reads the sources of a crate, each with its module.
    pub fn read<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = Files(
            sources
                .into_iter()
                .map(|(module, source)| (module.to_owned(), paths::read(source, &parts(module))))
                .collect(),
        );
        let edges = files.0.keys().map(|file| (file.clone(), files.imports_of(file))).collect();
        Self { edges }
    }

    /// Every circle: the largest sets of files of which each comes to all others.
    pub fn circles(&self) -> Vec<Circle> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.edges.keys().map(|file| (file.as_str(), self.reached_from(file))).collect();
        let mut circles = Vec::new();
        for (&file, others) in &reached {
            let files: Vec<String> =
                others.iter().filter(|other| reached[**other].contains(file)).map(ToString::to_string).collect();
            if files.first().is_some_and(|first| first == file) {
                circles.push(Circle { imports: self.among(&files), files });
            }
        }
        circles
    }

    /// What a file comes to by one import or several.
    fn reached_from(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = self.edges[file].keys().map(String::as_str).collect();
        while let Some(file) = open.pop() {
            if reached.insert(file) {
                open.extend(self.edges[file].keys().map(String::as_str));
            }
        }
        reached
    }

    /// The imports from one of `files` to another.
    fn among(&self, files: &[String]) -> Vec<String> {
        let mut imports = Vec::new();
        for file in files {
            for (target, paths) in self.edges[file].iter().filter(|(target, _)| files.contains(target)) {
                let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                imports.push(format!("{file} → {target} by {}", paths.join(", ")));
            }
        }
        imports
    }
}

/// The parts of a module's path below the crate.
fn parts(module: &str) -> Vec<&str> {
    module.split("::").filter(|part| *part != "lib").collect()
}

/// The files of a crate by their modules.
struct Files(BTreeMap<String, Source>);

impl Files {
    /// The files that a file imports, by which paths.
    fn imports_of(&self, file: &str) -> BTreeMap<String, BTreeSet<String>> {
        let source = &self.0[file];
        let in_test = |path: &Path| path.scope.iter().any(|module| module == "tests");
        let mut imports = BTreeMap::<String, BTreeSet<String>>::new();
        for import in source.imports.iter().filter(|import| !import.is_public && !in_test(&import.path)) {
            let mut targets = self.definitions(file, &import.path.parts);
            if import.name.is_none() {
                // All that a module has.
                targets.extend(self.anchored(file, &import.path.parts).iter().map(|path| self.file_of(path).0));
            }
            for target in targets.into_iter().filter(|target| target != file && self.0.contains_key(target)) {
                imports.entry(target).or_default().insert(import.path.parts.join("::"));
            }
        }
        let brought_in = imports.clone();
        for path in source.paths.iter().filter(|path| !in_test(path)) {
            for target in self.definitions(file, &path.parts) {
                // What a `use` has brought in is named once, where it is brought in.
                if target != file && !brought_in.contains_key(&target) {
                    imports.entry(target).or_default().insert(path.parts.join("::"));
                }
            }
        }
        imports
    }

    /// The files that define what a path names in `file`: more than one where several definitions are compiled for
    /// different machines, none where it lies outside the crate, is a module, or a name of the file's own.
    fn definitions(&self, file: &str, path: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = self.anchored(file, path);
        let mut seen = BTreeSet::new();
        while let Some(path) = open.pop() {
            let (file, rest) = self.file_of(&path);
            if rest.is_empty() || !seen.insert(path.clone()) {
                continue;
            }
            let passed_on = self.brought_in(&file, rest);
            if passed_on.is_empty() && self.0.contains_key(&file) {
                found.insert(file);
            }
            open.extend(passed_on);
        }
        found
    }

    /// A path of `file` from the crate's root on: one at most, but for names that are brought in several times.
    fn anchored(&self, file: &str, path: &[String]) -> Vec<Vec<String>> {
        match path {
            [root, rest @ ..] if root == "crate" => vec![rest.to_vec()],
            [child, _, ..] if self.0[file].children.contains(child) => {
                vec![parts(file).into_iter().map(str::to_owned).chain(path.iter().cloned()).collect()]
            }
            _ => self.brought_in(file, path),
        }
    }

    /// A path that begins with a name that `file` brings in, from the crate's root on.
    fn brought_in(&self, file: &str, path: &[String]) -> Vec<Vec<String>> {
        let [name, rest @ ..] = path else { return vec![] };
        self.0
            .get(file)
            .into_iter()
            .flat_map(|source| &source.imports)
            .filter(|import| import.name.as_ref() == Some(name))
            // A macro is passed on by its own name.
            .filter(|import| import.path.parts.first() != Some(name))
            .flat_map(|import| self.anchored(file, &import.path.parts))
            .map(|target| [&target, rest].concat())
            .collect()
    }

    /// The file that a path from the crate's root on leads to, and the rest of the path within it.
    fn file_of<'a>(&self, path: &'a [String]) -> (String, &'a [String]) {
        (1..=path.len())
            .rev()
            .map(|length| (path[..length].join("::"), &path[length..]))
            .find(|(module, _)| self.0.contains_key(module))
            .unwrap_or_else(|| (String::from("lib"), path))
    }
}
