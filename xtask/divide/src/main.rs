//! Divides a wasm file that wasm-bindgen has made: `divide FILE.wasm GLUE.js NAMES` leaves in it what the page needs at
//! once, puts the other functions into `FILE_rest.wasm`, and teaches the JavaScript to load them.
//!
//! Functions are chosen by name: those that hold a line of NAMES, and those that only such functions call. A function stays
//! if its name holds a line that begins with `!`, or is one that begins with `=`. Lines that begin with `"` name texts that go. In the file,
//! each that can be entered from outside becomes a few instructions that see to it that the rest is loaded, and call
//! through a place of the function table where the rest puts the real one. The rest shares memory, tables and globals.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use walrus::ir::{CallIndirect, Instr, InstrLocId, UnaryOp, Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalKind,
    ImportedFunction, Module, ModuleConfig, RefType, TableId, ValType,
};

type Error = Box<dyn std::error::Error>;

/// The module and the name by which the file asks for the rest.
const LOADER: (&str, &str) = ("rest", "load");
/// The global that says whether the rest is there.
const IS_THERE: &str = "rest_is_there";
/// Bytes of a message at least, for it to be found again without doubt.
const LEAST_MESSAGE: usize = 40;
/// The module that the rest imports from: the file's exports.
const MAIN: &str = "main";

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [wasm, glue, names] = &arguments[..] else {
        eprintln!("divide FILE.wasm GLUE.js NAMES");
        return ExitCode::FAILURE;
    };
    match divide_files(wasm, glue, names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("divide: {error}");
            ExitCode::FAILURE
        }
    }
}

fn divide_files(wasm: &Path, glue: &Path, names: &Path) -> Result<(), Error> {
    let names = fs::read_to_string(names)?;
    let lines = names.lines().map(str::trim);
    let patterns: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let texts = late_texts(&patterns)?;
    let stem = wasm.file_stem().ok_or("a wasm file has a name")?.to_string_lossy();
    let (main, rest) = divide(&fs::read(wasm)?, &patterns, &texts)?;
    let address = format!("{stem}_rest.wasm");
    let script = taught(&fs::read_to_string(glue)?, &address)?;
    fs::write(wasm, main)?;
    fs::write(wasm.with_file_name(address), rest)?;
    Ok(fs::write(glue, script)?)
}

/// What a line of NAMES tells of texts: all files of a kind in a folder, or the messages of a catalogue whose keys begin so.
fn late_texts(patterns: &[&str]) -> Result<Vec<Vec<u8>>, Error> {
    let mut texts = Vec::new();
    for line in patterns.iter().filter_map(|line| line.strip_prefix('"')) {
        match line.split_once(' ') {
            None => {
                let path = Path::new(line);
                for file in fs::read_dir(path.parent().unwrap_or(path))? {
                    let file = file?.path();
                    if file.extension() == path.extension() {
                        texts.push(fs::read(file)?);
                    }
                }
            }
            Some((catalogue, keys)) => {
                // Each message on a line of its own.
                for line in fs::read_to_string(catalogue)?.lines() {
                    let message = line.trim().trim_end_matches(',').split_once("\": \"");
                    let Some((key, text)) = message else { continue };
                    let is_late = keys.split(' ').any(|prefix| key.trim_start_matches('"').starts_with(prefix));
                    if is_late && text.len() >= LEAST_MESSAGE && !text.contains('\\') {
                        texts.push(text.trim_end_matches('"').into());
                    }
                }
            }
        }
    }
    Ok(texts)
}

/// Texts that only the rest reads leave main's memory, and the rest puts them there.
fn move_texts(main: &mut Module, rest: &mut Module, texts: &[Vec<u8>]) -> Result<(), Error> {
    let memory = rest.memories.iter().next().map(walrus::Memory::id);
    let Some(memory) = memory.filter(|_| !texts.is_empty()) else { return Ok(()) };
    for text in texts {
        for id in main.data.iter().map(walrus::Data::id).collect::<Vec<_>>() {
            let data = main.data.get_mut(id);
            let DataKind::Active { offset: ConstExpr::Value(Value::I32(offset)), .. } = data.kind else { continue };
            let mut places = data.value.windows(text.len()).enumerate().filter(|(_, window)| window == text);
            // What stands there twice may be part of another text.
            let (Some((place, _)), None) = (places.next(), places.next()) else { continue };
            data.value[place..place + text.len()].fill(0);
            let offset = ConstExpr::Value(Value::I32(offset + i32::try_from(place)?));
            let segment = rest.data.add(DataKind::Active { memory, offset }, text.clone());
            rest.memories.get_mut(memory).data_segments.insert(segment);
        }
    }
    Ok(())
}

/// Both parts of a module.
fn divide(wasm: &[u8], patterns: &[&str], texts: &[Vec<u8>]) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut config = ModuleConfig::new();
    config.generate_producers_section(false);
    let (mut main, mut rest) = (config.parse(wasm)?, config.parse(wasm)?);
    let plan = Plan::new(&main, patterns);
    let table = main.tables.iter().find(|table| table.element_ty == RefType::FUNCREF).ok_or("no table")?.id();
    let first = enlarge(&mut main, table, plan.entries.len() as u64);
    // Both were read from the same bytes: what stands at the same place is the same.
    let twins: HashMap<FunctionId, FunctionId> =
        main.funcs.iter().map(walrus::Function::id).zip(rest.funcs.iter().map(walrus::Function::id)).collect();
    let twin_table = share(&mut main, &mut rest, table)?;
    move_texts(&mut main, &mut rest, texts)?;
    for (number, function) in plan.needed.iter().enumerate() {
        let name = format!("f{number}");
        main.exports.add(&name, *function);
        import(&mut rest, twins[function], &name);
    }
    let entries = plan.entries.iter().map(|function| twins[function]).collect();
    let offset = ConstExpr::Value(Value::I32(first as i32));
    let kind = ElementKind::Active { table: twin_table, offset };
    let segment = rest.elements.add(kind, ElementItems::Functions(entries));
    rest.tables.get_mut(twin_table).elem_segments.insert(segment);
    leave_entries(&mut main, &plan.entries, table, first);
    walrus::passes::gc::run(&mut rest);
    walrus::passes::gc::run(&mut main);
    println!("    {} functions later, {} at once", plan.later, main.funcs.iter_local().count());
    Ok((main.emit_wasm(), rest.emit_wasm()))
}

/// Which functions go, and what connects both parts.
struct Plan {
    /// How many go.
    later: usize,
    /// Those that can be entered from what stays.
    entries: Vec<FunctionId>,
    /// Those that stay, and are called by some that go.
    needed: BTreeSet<FunctionId>,
}

/// Instructions of a function at least, for it to go by its name: the compiler makes one of several small functions that
/// are the same, and the name that is left tells only of one of them.
const TELLING: usize = 40;

/// The functions that a function names, and how long it is.
#[derive(Default)]
struct Body {
    named: HashSet<FunctionId>,
    instructions: usize,
}

impl Visitor<'_> for Body {
    fn visit_instr(&mut self, _: &Instr, _: &InstrLocId) {
        self.instructions += 1;
    }

    fn visit_function_id(&mut self, function: &FunctionId) {
        self.named.insert(*function);
    }
}

impl Plan {
    fn new(module: &Module, patterns: &[&str]) -> Self {
        let bodies: HashMap<FunctionId, Body> = module
            .funcs
            .iter_local()
            .map(|(id, function)| {
                let mut body = Body::default();
                dfs_in_order(&mut body, function, function.entry_block());
                (id, body)
            })
            .collect();
        let mut callers: HashMap<FunctionId, Vec<FunctionId>> = HashMap::new();
        for (caller, body) in &bodies {
            body.named.iter().for_each(|function| callers.entry(*function).or_default().push(*caller));
        }
        // Whoever calls these is not known.
        let in_tables: HashSet<FunctionId> =
            module.elements.iter().flat_map(|element| functions(&element.items)).collect();
        let exported = module.exports.iter().filter_map(|export| match export.item {
            ExportItem::Function(function) => Some(function),
            _ => None,
        });
        let rooted: HashSet<FunctionId> = exported.chain(module.start).collect();
        let goes = |function: &FunctionId| {
            let name = module.funcs.get(*function).name.as_deref().map(plain).unwrap_or_default();
            let holds = |pattern: &&str| name.contains(*pattern);
            let stays = |pattern: &&str| match pattern.strip_prefix('!') {
                Some(pattern) => holds(&pattern),
                None => pattern.strip_prefix('=').is_some_and(|whole| name == whole),
            };
            bodies[function].instructions >= TELLING && !patterns.iter().any(stays) && patterns.iter().any(holds)
        };
        let mut later: HashSet<FunctionId> =
            bodies.keys().copied().filter(|function| !rooted.contains(function) && goes(function)).collect();
        loop {
            let is_theirs = |function: &FunctionId| {
                callers.get(function).is_some_and(|callers| callers.iter().all(|caller| later.contains(caller)))
            };
            let is_free = |function: &FunctionId| {
                !later.contains(function) && !rooted.contains(function) && !in_tables.contains(function)
            };
            let more: Vec<FunctionId> = bodies.keys().copied().filter(|f| is_free(f) && is_theirs(f)).collect();
            if more.is_empty() {
                break;
            }
            later.extend(more);
        }
        let is_entered = |function: &FunctionId| {
            in_tables.contains(function)
                || callers.get(function).is_some_and(|callers| callers.iter().any(|caller| !later.contains(caller)))
        };
        let mut entries: Vec<FunctionId> = later.iter().copied().filter(is_entered).collect();
        entries.sort();
        let needed = later.iter().flat_map(|function| &bodies[function].named).copied();
        Self { later: later.len(), entries, needed: needed.filter(|function| !later.contains(function)).collect() }
    }
}

fn functions(items: &ElementItems) -> Vec<FunctionId> {
    match items {
        ElementItems::Functions(functions) => functions.clone(),
        ElementItems::Expressions(_, expressions) => {
            let function = |expression: &ConstExpr| match expression {
                ConstExpr::RefFunc(function) => Some(*function),
                _ => None,
            };
            expressions.iter().filter_map(function).collect()
        }
    }
}

/// A function's name without the hashes of its crates.
fn plain(name: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    let mut parts = name.split('[');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((hash, after)) if !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                plain += after;
            }
            _ => {
                plain.push('[');
                plain += part;
            }
        }
    }
    plain
}

/// Makes room in a table; returns the first free place.
fn enlarge(module: &mut Module, table: TableId, by: u64) -> u64 {
    let table = module.tables.get_mut(table);
    let first = table.initial;
    table.initial += by;
    table.maximum = table.maximum.map(|maximum| maximum + by);
    first
}

/// The functions stay as entries: they load the rest where it is not there, and call the real ones.
fn leave_entries(module: &mut Module, entries: &[FunctionId], table: TableId, first: u64) {
    let no_arguments = module.types.add(&[], &[]);
    let (load, _) = module.add_import_func(LOADER.0, LOADER.1, no_arguments);
    let is_there = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
    module.exports.add(IS_THERE, is_there);
    for (number, function) in entries.iter().enumerate() {
        let ty = module.funcs.get(*function).ty();
        let (parameters, results) = {
            let ty = module.types.get(ty);
            (ty.params().to_vec(), ty.results().to_vec())
        };
        let arguments: Vec<_> = parameters.iter().map(|parameter| module.locals.add(*parameter)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
        let mut body = builder.func_body();
        body.global_get(is_there).unop(UnaryOp::I32Eqz);
        body.if_else(
            None,
            |then| {
                then.call(load);
            },
            |_| {},
        );
        for argument in &arguments {
            body.local_get(*argument);
        }
        body.i32_const((first + number as u64) as i32).instr(CallIndirect { ty, table });
        let entry = builder.local_func(arguments);
        module.funcs.get_mut(*function).kind = FunctionKind::Local(entry);
    }
}

/// The rest begins without anything of its own but functions: memories, tables and globals are those of main. Returns its
/// twin of a table.
fn share(main: &mut Module, rest: &mut Module, table: TableId) -> Result<TableId, Error> {
    rest.start = None;
    rest.exports.iter().map(walrus::Export::id).collect::<Vec<_>>().into_iter().for_each(|id| rest.exports.delete(id));
    rest.elements
        .iter()
        .map(walrus::Element::id)
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|id| rest.elements.delete(id));
    rest.data.iter().map(walrus::Data::id).collect::<Vec<_>>().into_iter().for_each(|id| rest.data.delete(id));
    let memories: Vec<_> =
        main.memories.iter().map(walrus::Memory::id).zip(rest.memories.iter().map(walrus::Memory::id)).collect();
    for (number, (own, twin)) in memories.into_iter().enumerate() {
        let name = format!("m{number}");
        main.exports.add(&name, own);
        let imported = rest.imports.add(MAIN, &name, twin);
        let memory = rest.memories.get_mut(twin);
        memory.import = Some(imported);
        memory.data_segments.clear();
    }
    let tables: Vec<_> =
        main.tables.iter().map(walrus::Table::id).zip(rest.tables.iter().map(walrus::Table::id)).collect();
    for (number, (own, twin)) in tables.iter().copied().enumerate() {
        let name = format!("t{number}");
        main.exports.add(&name, own);
        let imported = rest.imports.add(MAIN, &name, twin);
        let (initial, maximum) = (main.tables.get(own).initial, main.tables.get(own).maximum);
        let table = rest.tables.get_mut(twin);
        table.import = Some(imported);
        table.elem_segments.clear();
        (table.initial, table.maximum) = (initial, maximum);
    }
    let globals: Vec<_> =
        main.globals.iter().map(walrus::Global::id).zip(rest.globals.iter().map(walrus::Global::id)).collect();
    for (number, (own, twin)) in globals.into_iter().enumerate() {
        let name = format!("g{number}");
        main.exports.add(&name, own);
        let imported = rest.imports.add(MAIN, &name, twin);
        rest.globals.get_mut(twin).kind = GlobalKind::Import(imported);
    }
    let twin = tables.into_iter().find(|(own, _)| *own == table).map(|(_, twin)| twin);
    Ok(twin.ok_or("no table")?)
}

/// A function of the rest becomes one of main's.
fn import(rest: &mut Module, function: FunctionId, name: &str) {
    let (ty, before) = match &rest.funcs.get(function).kind {
        FunctionKind::Import(imported) => (imported.ty, Some(imported.import)),
        FunctionKind::Local(local) => (local.ty(), None),
        FunctionKind::Uninitialized(ty) => (*ty, None),
    };
    if let Some(before) = before {
        rest.imports.delete(before);
    }
    let import = rest.imports.add(MAIN, name, function);
    rest.funcs.get_mut(function).kind = FunctionKind::Import(ImportedFunction { import, ty });
}

/// The glue with a loader of the rest: at once where it is needed at once, and in good time in the page, when it is idle.
fn taught(glue: &str, address: &str) -> Result<String, Error> {
    const VARIABLES: &str = "let wasmModule, wasmInstance, wasm;";
    const IMPORTS: &str = "return {\n        __proto__: null,";
    if glue.matches(VARIABLES).count() != 1 || glue.matches(IMPORTS).count() != 1 {
        return Err("wasm-bindgen writes other JavaScript than this program knows".into());
    }
    let loader = include_str!("loader.js").replace("REST_ADDRESS", address);
    let imports = format!("{IMPORTS}\n        {}: {{ {}: loadRest }},", LOADER.0, LOADER.1);
    Ok(glue.replace(VARIABLES, &format!("{VARIABLES}\n{loader}")).replace(IMPORTS, &imports))
}
