//! θ as a safetensors file: that of Python's own library, to the bit and back; and whatever else a file may hold.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use reptile_lab::backend::forward;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::pretrained::Pretrained;
use reptile_lab::domain::config::theta_file::{
    Attachment, FramesFile, Origin, ThetaFile, ThetaFileError, frames as frames_file, is_safetensors, write,
};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::provenance::Provenance;
use reptile_lab::domain::task::grid;
use reptile_lab::i18n::Locale;
use safetensors::SafeTensors;
use serde_json::{Value, json};

/// What a refusal may take.
const QUICK: Duration = Duration::from_millis(200);

fn golden() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/theta_file.safetensors")).expect("it is there")
}

/// A run of the network of the golden file.
fn origin() -> Origin {
    let mut config = Preset::Fast.config();
    config.model.hidden = vec![3, 2];
    let provenance = Provenance::default().after(Algorithm::Reptile, &config.tasks, 40);
    Origin { config, iteration: 40, provenance }
}

/// As `tests/golden/theta_file.py` has it.
fn numbers() -> Vec<f32> {
    (0..17).map(|index| ((index * 37 % 101) as f32 - 50.0) / 64.0).collect()
}

/// Header and data of a file.
fn parts(file: &[u8]) -> (Value, Vec<u8>) {
    let (length, rest) = file.split_first_chunk().expect("a length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    (serde_json::from_slice(header).expect("JSON"), data.to_vec())
}

/// A file of a header and data.
fn file(header: &Value, data: &[u8]) -> Vec<u8> {
    let header = header.to_string().into_bytes();
    [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
}

/// θ and origin of a file, as the page reads them.
fn read(file: &[u8]) -> Result<(Vec<f32>, Option<Origin>), ThetaFileError> {
    let file = ThetaFile::open(file)?;
    Ok((file.theta(&origin().config.model)?, file.origin()?))
}

#[test]
fn pythons_file_is_read_to_the_bit_and_ours_is_the_same() {
    let golden = golden();
    assert!(is_safetensors(&golden));
    let (theta, made_by) = read(&golden).expect("θ");
    let bits = |theta: &[f32]| theta.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&theta), bits(&numbers()));
    assert_eq!(made_by, None);
    let (mut ours, data) = parts(&write(&theta, &origin(), None));
    let (header, of_python) = parts(&golden);
    assert_eq!(data, of_python);
    ours["__metadata__"].as_object_mut().expect("an object").remove("reptile_lab").expect("what made it");
    assert_eq!(ours, header);
}

#[test]
fn frames_are_the_same_tensors_with_the_moment_in_front() {
    let moments = [(0, 1.0), (7, -2.0), (40, 0.5)];
    let thetas = moments.map(|(iteration, by)| (iteration, numbers().iter().map(|number| number * by).collect()));
    let frames: Vec<(u64, &[f32])> = thetas.iter().map(|(at, theta): &(u64, Vec<f32>)| (*at, &theta[..])).collect();
    let FramesFile { mut head, places } = frames_file(&moments.map(|(iteration, _)| iteration), &origin());
    for places in places {
        let numbers = frames.iter().flat_map(|(_, theta)| &theta[places.clone()]);
        head.extend(numbers.flat_map(|number| number.to_le_bytes()));
    }
    let whole = head;
    let tensors = SafeTensors::deserialize(&whole).expect("a safetensors file");
    let tensor = |name: &str| tensors.tensor(name).expect("it is there");
    let iterations: Vec<i64> =
        tensor("iteration").data().as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect();
    assert_eq!(iterations, [0, 7, 40]);
    for (frame, (_, theta)) in frames.iter().enumerate() {
        let alone = write(theta, &origin(), None);
        let alone = SafeTensors::deserialize(&alone).expect("a safetensors file");
        for (name, of_theta) in alone.tensors() {
            let (all, bytes) = (tensor(&name), of_theta.data());
            assert_eq!(all.shape(), [&[3], of_theta.shape()].concat(), "{name}");
            assert_eq!(all.data()[frame * bytes.len()..][..bytes.len()], *bytes, "{name} of frame {frame}");
        }
    }
    assert_eq!(ThetaFile::open(&whole).and_then(|file| file.origin()), Ok(Some(origin())));
    // It is not taken for one θ.
    let error = read(&whole).expect_err("there are three");
    assert!(matches!(error, ThetaFileError::Shape { .. }), "{error}");
}

#[test]
fn what_is_written_is_read() {
    let theta: Vec<f32> = numbers().iter().map(|number| number * 1.1e-3).collect();
    let texts = [("more", "“\u{1F98E}”\n".to_owned())];
    let head = write(&theta, &origin(), Some(Attachment { texts: &texts, bytes: ("bytes", 3) }));
    assert_eq!(head, write(&theta, &origin(), Some(Attachment { texts: &texts, bytes: ("bytes", 3) })));
    let whole = [&head[..], &[1, 2, 3]].concat();
    assert_eq!(read(&whole).expect("θ"), (theta.clone(), Some(origin())));
    let whole = ThetaFile::open(&whole).expect("a file");
    assert_eq!((whole.text("more"), whole.bytes("bytes")), (Some("“\u{1F98E}”\n"), Ok(Some(&[1, 2, 3][..]))));
    assert_eq!((whole.text("less"), whole.bytes("less")), (None, Ok(None)));
    let kind = whole.bytes("layers.0.bias").expect_err("not of bytes").to_string();
    assert!(kind.contains("layers.0.bias") && kind.contains("F32") && kind.contains("U8"), "{kind}");
    assert_eq!(read(&write(&theta, &origin(), None)).expect("θ"), (theta, Some(origin())));
}

/// A refusal in both languages, which has to come quickly.
fn refused(file: &[u8]) -> [String; 2] {
    let begun = Instant::now();
    let error = read(file).expect_err("it is refused");
    assert!(begun.elapsed() < QUICK, "{:?} for {error}", begun.elapsed());
    [Locale::En, Locale::ZhHans].map(|locale| error.message(locale))
}

#[test]
fn what_is_wrong_is_said_with_its_tensor() {
    type Change = fn(&mut Value, &mut Vec<u8>);
    let cases: [(Change, &[&str]); 17] = [
        (|header, _| header["layers.1.weight"]["shape"] = json!([3, 2]), &["layers.1.weight", "[3, 2]", "[2, 3]"]),
        (|header, _| header["layers.1.weight"]["shape"] = json!([6]), &["layers.1.weight", "[6]", "[2, 3]"]),
        (|header, _| header["layers.2.bias"]["dtype"] = json!("I32"), &["layers.2.bias", "I32", "F32"]),
        (|header, _| header["layers.0.weight"]["data_offsets"] = json!([0, 12]), &["offset", "safetensors"]),
        (rename, &["layers.2.bias", "[1]", "1-3-2-1"]),
        (another_layer, &["layers.3.bias", "1-3-2-1"]),
        (|_, data| data[..4].copy_from_slice(&f32::NAN.to_le_bytes()), &["layers.0.bias", "0", "NaN"]),
        (|_, data| data[8..12].copy_from_slice(&1.5e4_f32.to_le_bytes()), &["layers.0.bias", "2", "15000"]),
        (|_, data| data[64..].copy_from_slice(&f32::NEG_INFINITY.to_le_bytes()), &["layers.2.weight", "1", "-inf"]),
        (|_, data| data.truncate(67), &["safetensors"]),
        (|_, data| data.push(0), &["safetensors"]),
        (|header, _| header["layers.0.bias"]["data_offsets"] = json!([0, u64::MAX]), &["safetensors"]),
        (|header, _| header["layers.0.bias"]["shape"] = json!([u64::MAX, 3]), &["safetensors"]),
        (|header, _| header["layers.0.bias"]["shape"] = json!([-3]), &["safetensors"]),
        (|header, _| header["__metadata__"] = json!({ "reptile_lab": "{\"version\": 2}" }), &["reptile_lab", "2", "1"]),
        (|header, _| header["__metadata__"] = json!({ "reptile_lab": "<script>" }), &["reptile_lab"]),
        (
            |header, _| header["__metadata__"] = json!({ "reptile_lab": config("inner.steps", 0) }),
            &["inner.steps", "64"],
        ),
    ];
    let (header, data) = parts(&golden());
    for (change, named) in cases {
        let (mut header, mut data) = (header.clone(), data.clone());
        change(&mut header, &mut data);
        for said in refused(&file(&header, &data)) {
            assert!(named.iter().all(|name| said.contains(name)), "{said}: {named:?}");
        }
    }
}

/// The last tensor has a name that no network has.
fn rename(header: &mut Value, _: &mut Vec<u8>) {
    let object = header.as_object_mut().expect("an object");
    let bias = object.remove("layers.2.bias").expect("a tensor");
    object.insert("bias".to_owned(), bias);
}

fn another_layer(header: &mut Value, data: &mut Vec<u8>) {
    header["layers.3.bias"] = json!({ "dtype": "F32", "shape": [1], "data_offsets": [data.len(), data.len() + 4] });
    data.extend([0; 4]);
}

/// What made θ, with a Config that has another number.
fn config(path: &str, number: u64) -> String {
    let mut config = serde_json::to_value(Config::default()).expect("JSON");
    *config.pointer_mut(&format!("/{}", path.replace('.', "/"))).expect("a field") = json!(number);
    json!({ "version": 1, "config": config, "iteration": 0, "provenance": [] }).to_string()
}

#[test]
fn a_provenance_that_cannot_be_is_refused() {
    let tasks = serde_json::to_value(Config::default().tasks).expect("JSON");
    let mut wide = tasks.clone();
    wide["amplitude"] = json!([0.0, 1e30]);
    let entry = |tasks: &Value| json!({ "algorithm": "reptile", "iterations": 3, "tasks": tasks });
    let cases = [
        json!([entry(&wide)]),
        json!([{ "algorithm": "reptile", "iterations": 3, "tasks": null }]),
        json!([{ "algorithm": null, "iterations": u64::MAX, "tasks": null }]),
        json!([{ "algorithm": "alchemy", "iterations": 1, "tasks": tasks }]),
        Value::Array(vec![entry(&tasks); 65]),
        json!({}),
    ];
    let (header, data) = parts(&golden());
    let with = |provenance: &Value| {
        let made_by = json!({ "version": 1, "config": origin().config, "iteration": 3, "provenance": provenance });
        let mut header = header.clone();
        header["__metadata__"] = json!({ "reptile_lab": made_by.to_string() });
        file(&header, &data)
    };
    assert!(read(&with(&json!([entry(&tasks)]))).is_ok());
    for provenance in cases {
        refused(&with(&provenance));
    }
}

#[test]
fn sizes_are_refused_before_anything_is_read() {
    let mut large = vec![b' '; 100 << 20];
    refused(&large);
    // A header that claims most of it.
    large[..8].copy_from_slice(&(90_u64 << 20).to_le_bytes());
    refused(&large);
    large.truncate(60 << 20);
    large[..8].copy_from_slice(&(50_u64 << 20).to_le_bytes());
    assert!(refused(&large)[0].contains("262144"));
    for length in [0, 1, 7, 9, 1 << 20, u64::MAX, u64::MAX - 7] {
        large[..8].copy_from_slice(&length.to_le_bytes());
        refused(&large);
    }
    // As many tensors as a header has room for, and as deep as one goes.
    let tensor = |name: i32| format!("\"{name}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
    let header = format!("{{{}}}", (0..4_000).map(tensor).collect::<Vec<_>>().join(","));
    refused(&[&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat());
    let deep = format!("{{\"a\":{}", "[".repeat(200_000));
    refused(&[&(deep.len() as u64).to_le_bytes()[..], deep.as_bytes()].concat());
    refused(&[]);
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        refused(&bytes);
        let begins_so = bytes.get(8) == Some(&b'{');
        prop_assert!(begins_so || !is_safetensors(&bytes));
    }

    /// Whatever a byte of a good file becomes: what is read from it is a θ.
    #[test]
    fn a_changed_byte_is_told_or_makes_another_theta(places in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4)) {
        let mut file = write(&numbers(), &origin(), None);
        for (place, byte) in places {
            *place.get_mut(&mut file) = byte;
        }
        let begun = Instant::now();
        match read(&file) {
            Ok((theta, _)) => prop_assert!(theta.len() == 17 && theta.iter().all(|number| number.abs() <= 1e4)),
            Err(error) => prop_assert!(!error.to_string().is_empty() && error.to_string().len() < 2_000),
        }
        prop_assert!(begun.elapsed() < QUICK);
    }

    #[test]
    fn a_file_that_was_cut_is_refused(length in 0_usize..1000) {
        let file = write(&numbers(), &origin(), None);
        refused(&file[..length.min(file.len() - 1)]);
    }
}

/// Run by `REPTILE_LAB_PYTHON=python3 cargo test --test theta_file -- --ignored --nocapture`.
#[test]
#[ignore = "needs a Python with numpy and safetensors"]
fn python_predicts_the_same_curve() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let pretrained = std::fs::read_to_string(format!("{folder}/assets/pretrained/fast.json")).expect("it is there");
    let Pretrained { config, iteration, theta } = Pretrained::from_json(&pretrained).expect("a document");
    let x = grid(&config.tasks);
    let y = forward::outputs(&Network::new(&config.model), &theta, &x);
    let provenance = Provenance::default().after(config.algorithm, &config.tasks, iteration);
    let bytes = write(&theta, &Origin { config, iteration, provenance }, None);
    let temporary = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let [file, curve] = ["theta.safetensors", "curve.json"].map(|name| temporary.join(name));
    std::fs::write(&file, bytes).expect("it is written");
    std::fs::write(&curve, json!({ "x": x, "y": y }).to_string()).expect("it is written");
    let python = std::env::var("REPTILE_LAB_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = format!("{folder}/tests/golden/theta_file.py");
    let output = Command::new(python).arg(script).args([file, curve]).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    println!("{told}");
    assert_eq!((&told["tensors"], &told["iteration"]), (&json!(6), &json!(2000)));
    assert!(told["difference"].as_f64().is_some_and(|difference| difference < 1e-6), "{told}");
}
