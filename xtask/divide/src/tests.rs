use super::*;

#[test]
fn names_lose_the_hashes_of_their_crates_and_nothing_else() {
    let name = "<alloc[3ca501edff3f0c7c]::vec::Vec<[f32; 2]> as a[6d97c25a58bd03e]::B>::c::{closure#0}";
    assert_eq!(plain(name), "<alloc::vec::Vec<[f32; 2]> as a::B>::c::{closure#0}");
    assert_eq!(plain("_RNvNtCs1234_7mycrate3foo3bar"), "mycrate::foo::bar");
}

#[test]
fn glue_that_is_not_known_is_refused() {
    assert!(taught("let wasm;", "x.wasm").is_err());
    let glue = "let wasmModule, wasmInstance, wasm;\nfunction f() {\n    return {\n        __proto__: null,\n    };\n}";
    let taught = taught(glue, "x_rest.wasm").expect("it is known");
    assert!(taught.contains("rest: { load: loadRest },") && taught.contains("'x_rest.wasm'"));
}

/// A module of two functions in one table: `stay` calls `go`, which adds what `helper`, a function of its own, tells it.
fn module() -> Vec<u8> {
    let mut module = Module::default();
    let table = module.tables.add_local(false, 1, Some(1), RefType::FUNCREF);
    let function = |module: &mut Module, name: &str, called: Option<FunctionId>| {
        let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
        let argument = module.locals.add(ValType::I32);
        builder.name(name.to_owned()).func_body().local_get(argument);
        // Long enough to be told by its name.
        for _ in 0..TELLING / 2 {
            builder.func_body().local_get(argument).drop();
        }
        if let Some(called) = called {
            builder.func_body().call(called);
        }
        builder.finish(vec![argument], &mut module.funcs)
    };
    let shared = function(&mut module, "shared", None);
    let helper = function(&mut module, "helper", Some(shared));
    let go = function(&mut module, "a::go", Some(helper));
    let stay = function(&mut module, "a::stay", Some(go));
    let other = function(&mut module, "a::other", Some(shared));
    let offset = ConstExpr::Value(Value::I32(0));
    let segment = module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(vec![go]));
    module.tables.get_mut(table).elem_segments.insert(segment);
    module.exports.add("stay", stay);
    module.exports.add("other", other);
    module.emit_wasm()
}

#[test]
fn what_goes_takes_its_own_helpers_along_and_shares_the_others() {
    let (main, rest) = divide(&module(), &["a::go"], &[]).expect("it is divided");
    let (main, rest) = (Module::from_buffer(&main).expect("wasm"), Module::from_buffer(&rest).expect("wasm"));
    let local = |module: &Module| module.funcs.iter_local().count();
    assert_eq!((local(&main), local(&rest)), (4, 2), "stay, other, shared and the entry; go and helper");
    let mut imports: Vec<_> =
        rest.imports.iter().map(|import| (import.module.as_str(), import.name.as_str())).collect();
    imports.sort_unstable();
    assert_eq!(imports, [("main", "f0"), ("main", "t0")]);
    assert!(main.exports.get_func("f0").is_ok());
    assert_eq!(main.tables.iter().map(|table| (table.initial, table.maximum)).next(), Some((2, Some(2))));
    assert!(main.imports.find("rest", "load").is_some());
}

#[test]
fn what_is_exported_stays() {
    let (_, rest) = divide(&module(), &["a::stay"], &[]).expect("it is divided");
    assert_eq!(Module::from_buffer(&rest).expect("wasm").funcs.iter_local().count(), 0);
}

#[test]
fn what_a_line_holds_back_stays() {
    let (_, rest) = divide(&module(), &["a::", "!a::go", "=a::stay"], &[]).expect("it is divided");
    assert_eq!(Module::from_buffer(&rest).expect("wasm").funcs.iter_local().count(), 0);
}

#[test]
fn a_text_of_the_rest_leaves_main_and_comes_with_the_rest() {
    let mut module = Module::from_buffer(&module()).expect("wasm");
    let memory = module.memories.add_local(false, false, 1, None, None);
    let offset = ConstExpr::Value(Value::I32(64));
    let kind = DataKind::Active { memory, offset };
    let segment = module.data.add(kind, b"stays, goes, twice, twice".to_vec());
    module.memories.get_mut(memory).data_segments.insert(segment);
    module.exports.add("memory", memory);
    let texts = [b"goes".to_vec(), b"twice".to_vec(), b"is not there".to_vec()];
    let (main, rest) = divide(&module.emit_wasm(), &["a::go"], &texts).expect("it is divided");
    let data = |wasm: &[u8]| {
        let module = Module::from_buffer(wasm).expect("wasm");
        let segments = module.data.iter().map(|data| match data.kind {
            DataKind::Active { offset: ConstExpr::Value(Value::I32(offset)), .. } => (offset, data.value.clone()),
            _ => panic!("{:?}", data.kind),
        });
        segments.collect::<Vec<_>>()
    };
    assert_eq!(data(&main), [(64, b"stays, \0\0\0\0, twice, twice".to_vec())]);
    assert_eq!(data(&rest), [(71, b"goes".to_vec())]);
}
