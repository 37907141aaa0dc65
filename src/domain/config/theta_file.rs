//! θ as a file in the safetensors format, under the names and with the shapes of a `PyTorch` module whose layers are a
//! `ModuleList` called `layers`.
//!
//! ```text
//! layers.0.weight [64, 1]   layers.0.bias [64]   layers.1.weight [64, 64]   …   float32, little-endian
//! __metadata__: format "pt", reptile_lab {"version", "config", "iteration", "provenance"}
//! ```
//!
//! A file of other programs has no `reptile_lab`; of it nothing but θ is known. What is in a file is checked before
//! anything of its size is allocated.
//!
//! The frames of a run are the same tensors, each with the frame as its first dimension, and the frames' meta-iterations:
//!
//! ```text
//! layers.0.weight [frames, 64, 1]   layers.0.bias [frames, 64]   …   iteration [frames] int64
//! ```

use std::fmt;
use std::ops::Range;

use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use safetensors::{SafeTensorError, SafeTensors};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Config;
use super::error::{ConfigError, MOST_WORDS, ValueKind, clipped, shown, wrong_type};
use super::parameters::MOST_ITERATIONS;
use crate::domain::network::{Layer, Model, Network};
use crate::domain::provenance::Provenance;
use crate::domain::train_state::LARGEST;
use crate::i18n::{Locale, message};

/// Most bytes of a file: a session with its time line is smaller, and any θ by far.
pub const MOST_BYTES: u64 = 64 << 20;
/// Most bytes of its header: many times what a page's state needs.
const MOST_HEADER: u64 = 1 << 18;
/// The bytes in front of the header, which are its length.
const LENGTH: usize = size_of::<u64>();
/// The entry of the metadata that says what made θ.
const ORIGIN: &str = "reptile_lab";
/// The version of that entry.
const VERSION: u64 = 1;
/// Most meta-iterations of an entry of the provenance: what JavaScript holds exactly.
const MOST_TRAINED: u64 = 1 << 53;

/// What made a θ.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The run.
    pub config: Config,
    /// Its meta-iteration.
    pub iteration: u64,
    /// What has trained θ.
    pub provenance: Provenance,
}

/// What stands in a file beside θ.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// More entries of the metadata.
    pub texts: &'a [(&'a str, String)],
    /// The name of a tensor of bytes, and how many there are: they follow what is written here.
    pub bytes: (&'a str, usize),
}

/// A file whose header has been read.
#[derive(Debug)]
pub struct ThetaFile<'a> {
    header: Metadata,
    data: &'a [u8],
}

/// Why a file is refused. [`ThetaFileError::message`] says it in any language; `Display` in English.
#[derive(Clone, Debug, PartialEq)]
pub enum ThetaFileError {
    /// More bytes than any θ or session has.
    TooLarge(u64),
    /// A longer header than any θ or session has.
    Header(u64),
    /// No safetensors file, or not all of it; the reader's words.
    Format(String),
    /// A tensor that the network needs and the file does not have.
    Missing(Wanted),
    /// A tensor of a layer that the network does not have.
    Unexpected(Wanted),
    /// A tensor of another shape.
    Shape {
        /// The tensor.
        wanted: Wanted,
        /// Its shape in the file.
        found: Vec<usize>,
    },
    /// Numbers of another type.
    Kind {
        /// The tensor.
        tensor: String,
        /// Their type in the file.
        found: String,
        /// That which is read.
        expected: &'static str,
    },
    /// A number that θ cannot have.
    Number {
        /// The tensor.
        tensor: String,
        /// Its place in the tensor, row by row, from 0.
        index: usize,
        /// The number.
        value: f32,
    },
    /// An entry of the metadata is of another version.
    Version {
        /// Which.
        field: &'static str,
        /// Its version.
        found: String,
        /// That which is read.
        supported: u64,
    },
    /// An entry of the metadata that is not as it should be.
    Metadata {
        /// Which, or what in it.
        field: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The Config in it is refused.
    Config(ConfigError),
}

/// A tensor that a network needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its name.
    pub tensor: String,
    /// Its shape; empty where the network has none.
    pub expected: Vec<usize>,
    /// The network.
    pub network: String,
}

impl ThetaFileError {
    /// What is wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        let shape = |shape: &[usize]| format!("{shape:?}");
        match self {
            Self::TooLarge(size) => locale.format(message::ErrorTensorsSize { size, most: MOST_BYTES }),
            Self::Header(size) => locale.format(message::ErrorTensorsHeader { size, most: MOST_HEADER }),
            Self::Format(detail) => locale.format(message::ErrorTensorsFormat { detail }),
            Self::Missing(Wanted { tensor, expected, network }) => {
                locale.format(message::ErrorTensorsMissing { tensor, network, expected: shape(expected) })
            }
            Self::Unexpected(Wanted { tensor, network, .. }) => {
                locale.format(message::ErrorTensorsUnexpected { tensor, network })
            }
            Self::Shape { wanted: Wanted { tensor, expected, network }, found } => {
                let (found, expected) = (shape(found), shape(expected));
                locale.format(message::ErrorTensorsShape { tensor, found, network, expected })
            }
            Self::Kind { tensor, found, expected } => {
                locale.format(message::ErrorTensorsKind { tensor, found, expected })
            }
            Self::Number { tensor, index, value } => {
                locale.format(message::ErrorTensorsNumber { tensor, index, value })
            }
            Self::Version { field, found, supported } => {
                locale.format(message::ErrorTensorsVersion { field, found, supported })
            }
            Self::Metadata { field, detail } => locale.format(message::ErrorTensorsMetadata { field, detail }),
            Self::Config(error) => error.message(locale),
        }
    }

    /// An entry of the metadata that is not as it should be.
    #[must_use]
    pub fn metadata(field: &str, detail: &str) -> Self {
        Self::Metadata { field: field.to_owned(), detail: clipped(detail, MOST_WORDS) }
    }
}

impl fmt::Display for ThetaFileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message(Locale::En))
    }
}

impl std::error::Error for ThetaFileError {}

impl From<SafeTensorError> for ThetaFileError {
    fn from(error: SafeTensorError) -> Self {
        Self::Format(clipped(&error.to_string(), MOST_WORDS))
    }
}

/// Refuses a file by its size, so that nobody need read it.
///
/// # Errors
/// [`ThetaFileError::TooLarge`].
pub fn check_size(size: u64) -> Result<(), ThetaFileError> {
    if size <= MOST_BYTES { Ok(()) } else { Err(ThetaFileError::TooLarge(size)) }
}

/// Whether bytes begin as a safetensors file does: a length, and a JSON object of that length.
#[must_use]
pub fn is_safetensors(bytes: &[u8]) -> bool {
    let Some((length, [b'{', ..])) = bytes.split_first_chunk::<LENGTH>() else { return false };
    u64::from_le_bytes(*length) <= (bytes.len() - LENGTH) as u64
}

/// The file of a θ, up to the bytes of its attachment, if it has one. The same θ and origin give the same bytes.
///
/// # Panics
/// If θ is not of the origin's network.
#[must_use]
pub fn write(theta: &[f32], origin: &Origin, attachment: Option<Attachment<'_>>) -> Vec<u8> {
    let tensors = sorted_tensors(&origin.config.model);
    let numbers = tensors.iter().map(|tensor| tensor.places.len()).sum::<usize>();
    assert_eq!(theta.len(), numbers, "θ is of the network");
    let mut head = Head::of(origin);
    for Tensor { name, shape, places } in &tensors {
        head.add(name, "F32", shape, size_of_val(&theta[places.clone()]));
    }
    if let Some(Attachment { texts, bytes: (name, size) }) = attachment {
        head.metadata.extend(texts.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into())));
        head.add(name, "U8", &[size], size);
    }
    let mut file = head.bytes();
    for Tensor { places, .. } in tensors {
        file.extend(theta[places].iter().flat_map(|number| number.to_le_bytes()));
    }
    file
}

/// The file of θ at several meta-iterations of a run.
#[derive(Debug)]
pub struct FramesFile {
    /// What it begins with.
    pub head: Vec<u8>,
    /// What follows: of every frame, in their order, the numbers of these places of θ, and then those of the next ones.
    pub places: Vec<Range<usize>>,
}

/// The file of θ at these meta-iterations of a run; `origin` is that of the last.
#[must_use]
pub fn frames(iterations: &[u64], origin: &Origin) -> FramesFile {
    let tensors = sorted_tensors(&origin.config.model);
    let mut head = Head::of(origin);
    head.add("iteration", "I64", &[iterations.len()], size_of_val(iterations));
    for Tensor { name, shape, places } in &tensors {
        let shape = [&[iterations.len()], &shape[..]].concat();
        head.add(name, "F32", &shape, iterations.len() * places.len() * size_of::<f32>());
    }
    let mut head = head.bytes();
    head.extend(iterations.iter().flat_map(|iteration| iteration.cast_signed().to_le_bytes()));
    FramesFile { head, places: tensors.into_iter().map(|tensor| tensor.places).collect() }
}

/// What a file begins with.
struct Head {
    tensors: Map<String, Value>,
    metadata: Map<String, Value>,
    /// The bytes of all tensors.
    size: usize,
}

impl Head {
    /// Of a file without tensors, which says what has made them.
    fn of(origin: &Origin) -> Self {
        let Origin { config, iteration, provenance } = origin;
        let made_by = json!({ "version": VERSION, "config": config, "iteration": iteration, "provenance": provenance });
        let metadata = [("format", "pt".to_owned()), (ORIGIN, made_by.to_string())];
        let metadata = metadata.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        Self { tensors: Map::new(), metadata, size: 0 }
    }

    /// Adds a tensor of so many bytes behind the others.
    fn add(&mut self, name: &str, kind: &str, shape: &[usize], size: usize) {
        let offsets = [self.size, self.size + size];
        self.size += size;
        self.tensors.insert(name.to_owned(), json!({ "dtype": kind, "shape": shape, "data_offsets": offsets }));
    }

    fn bytes(self) -> Vec<u8> {
        let Self { mut tensors, metadata, .. } = self;
        tensors.insert("__metadata__".to_owned(), metadata.into());
        let mut header = Value::from(tensors).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(LENGTH), b' ');
        [&(header.len() as u64).to_le_bytes()[..], &header].concat()
    }
}

/// The tensors of a network's θ by their names, as the format's own writer has them.
fn sorted_tensors(model: &Model) -> Vec<Tensor> {
    let mut tensors = tensors(&Network::new(model));
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    tensors
}

/// A tensor of θ.
struct Tensor {
    name: String,
    shape: Vec<usize>,
    places: Range<usize>,
}

/// The tensors of a network's θ, in the order of its layout.
fn tensors(network: &Network) -> Vec<Tensor> {
    let of_layer = |(number, layer): (usize, Layer)| {
        let Layer { inputs, outputs, weights, biases } = layer;
        let tensor = |part: &str, shape: &[usize], places| Tensor {
            name: format!("layers.{number}.{part}"),
            shape: shape.to_vec(),
            places,
        };
        let weight = tensor("weight", &[outputs, inputs], weights..biases);
        [weight, tensor("bias", &[outputs], biases..biases + outputs)]
    };
    network.layers().enumerate().flat_map(of_layer).collect()
}

impl<'a> ThetaFile<'a> {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// It is too large, or no whole safetensors file.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ThetaFileError> {
        check_size(bytes.len() as u64)?;
        if let Some((length, _)) = bytes.split_first_chunk() {
            let length = u64::from_le_bytes(*length);
            if (MOST_HEADER + 1..bytes.len() as u64).contains(&length) {
                return Err(ThetaFileError::Header(length));
            }
        }
        let (length, header) = SafeTensors::read_metadata(bytes)?;
        Ok(Self { header, data: &bytes[LENGTH + length..] })
    }

    /// θ of a network, in the flat layout of [`Network`].
    ///
    /// # Errors
    /// A tensor is missing, or one too many, of another shape or type, or has a number that θ cannot have.
    pub fn theta(&self, model: &Model) -> Result<Vec<f32>, ThetaFileError> {
        let network = Network::new(model);
        let tensors = tensors(&network);
        let wanted = |tensor: &str, expected: &[usize]| {
            let widths: Vec<String> = network.widths.iter().map(ToString::to_string).collect();
            Wanted { tensor: tensor.to_owned(), expected: expected.to_vec(), network: widths.join("-") }
        };
        let mut theta = Vec::with_capacity(network.parameters());
        for Tensor { name, shape, .. } in &tensors {
            let info = self.header.info(name).ok_or_else(|| ThetaFileError::Missing(wanted(name, shape)))?;
            if info.shape != *shape {
                return Err(ThetaFileError::Shape { wanted: wanted(name, shape), found: info.shape.clone() });
            }
            let bytes = self.bytes_of(name, info, Dtype::F32)?;
            let numbers = bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number));
            for (index, value) in numbers.enumerate() {
                if value.is_nan() || value.abs() > LARGEST {
                    return Err(ThetaFileError::Number { tensor: name.clone(), index, value });
                }
                theta.push(value);
            }
        }
        // Names of more layers are those of another network.
        let is_known =
            |name: &&String| !name.starts_with("layers.") || tensors.iter().any(|known| known.name == **name);
        match self.header.offset_keys().iter().find(|name| !is_known(name)) {
            Some(name) => Err(ThetaFileError::Unexpected(wanted(&shown(name), &[]))),
            None => Ok(theta),
        }
    }

    /// What made θ, where the file says so.
    ///
    /// # Errors
    /// It says so in another version's way, or in a way that no version has.
    pub fn origin(&self) -> Result<Option<Origin>, ThetaFileError> {
        #[derive(Deserialize)]
        struct MadeBy {
            config: Value,
            iteration: u64,
            provenance: Provenance,
        }
        let Some(text) = self.text(ORIGIN) else { return Ok(None) };
        let malformed = |error: serde_json::Error| ThetaFileError::metadata(ORIGIN, &error.to_string());
        let value: Value = serde_json::from_str(text).map_err(malformed)?;
        check_version(ORIGIN, value.get("version"), VERSION)?;
        let MadeBy { config, iteration, provenance } = serde_json::from_value(value).map_err(malformed)?;
        if iteration > MOST_ITERATIONS {
            let detail = format!("{iteration} > {MOST_ITERATIONS}");
            return Err(ThetaFileError::metadata("reptile_lab.iteration", &detail));
        }
        let config = Config::from_value(&config).map_err(ThetaFileError::Config)?;
        check_provenance(&provenance).map_err(ThetaFileError::Config)?;
        Ok(Some(Origin { config, iteration, provenance }))
    }

    /// An entry of the metadata.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.header.metadata().as_ref()?.get(name).map(String::as_str)
    }

    /// What is in a tensor of bytes, if there is one of this name.
    ///
    /// # Errors
    /// It has numbers of another type.
    pub fn bytes(&self, name: &str) -> Result<Option<&'a [u8]>, ThetaFileError> {
        self.header.info(name).map(|info| self.bytes_of(name, info, Dtype::U8)).transpose()
    }

    /// The bytes of a tensor; they are within the file, and as many as shape and type say, as its header has been checked.
    fn bytes_of(&self, name: &str, info: &TensorInfo, kind: Dtype) -> Result<&'a [u8], ThetaFileError> {
        if info.dtype != kind {
            let expected = if kind == Dtype::F32 { "F32" } else { "U8" };
            let (tensor, found) = (name.to_owned(), info.dtype.to_string());
            return Err(ThetaFileError::Kind { tensor, found, expected });
        }
        let (begin, end) = info.data_offsets;
        Ok(&self.data[begin..end])
    }
}

/// Refuses another version of an entry of the metadata.
///
/// # Errors
/// [`ThetaFileError::Version`].
pub fn check_version(field: &'static str, found: Option<&Value>, supported: u64) -> Result<(), ThetaFileError> {
    if found.and_then(Value::as_u64) == Some(supported) {
        return Ok(());
    }
    let found = found.map_or_else(|| "?".to_owned(), |found| shown(&found.to_string()));
    Err(ThetaFileError::Version { field, found, supported })
}

/// Refuses a provenance that no training has.
///
/// # Errors
/// A number out of its range, or tasks that no Config may have.
pub fn check_provenance(provenance: &Provenance) -> Result<(), ConfigError> {
    for entry in provenance.entries() {
        if entry.iterations > MOST_TRAINED {
            return Err(ConfigError::OutOfRange {
                field: "provenance.iterations".to_owned(),
                value: entry.iterations.to_string(),
                min: 0.0,
                max: MOST_TRAINED as f64,
            });
        }
        if entry.algorithm.is_some() != entry.tasks.is_some() {
            return Err(wrong_type("provenance.tasks", ValueKind::Object, &"null"));
        }
        if let Some(tasks) = &entry.tasks {
            let mut config = Config { tasks: tasks.clone(), ..Config::default() };
            // Whatever the grid is.
            (config.inner.batch, config.eval.shots) = (1, 1);
            config.checked()?;
        }
    }
    Ok(())
}
