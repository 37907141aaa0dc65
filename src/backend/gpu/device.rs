//! A wgpu device with what it may do, how it fails, and how its results come back.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;

use super::deadlines::{Awaited, Deadlines};
use super::network::{DeviceLimits, VECTOR_BYTES};
use super::timer::Timer;
use crate::backend::BackendError;

/// Usage of a buffer that a shader reads.
pub const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_DST);
/// Usage of a buffer that a shader writes and the host reads.
pub const RESULT: wgpu::BufferUsages = STORAGE.union(wgpu::BufferUsages::COPY_SRC);
/// Usage of a buffer of uniforms.
pub const UNIFORM: wgpu::BufferUsages = wgpu::BufferUsages::UNIFORM.union(wgpu::BufferUsages::COPY_DST);

/// Software adapters by parts of their names, in lower case.
const SOFTWARE: [&str; 5] = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render"];

/// What an error scope caught, when it is known.
type Scope = Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>;

/// A device and its queue.
pub struct Device {
    raw: wgpu::Device,
    queue: wgpu::Queue,
    name: String,
    software: bool,
    /// The first thing that went wrong for good; the device's callbacks write it.
    fault: Arc<Mutex<Option<BackendError>>>,
    /// Creations whose success is not known yet.
    scopes: Vec<Scope>,
    /// Where results are copied to, to be read.
    staging: Option<wgpu::Buffer>,
    deadlines: Deadlines,
    /// Submits that may not be done yet, the oldest first.
    flying: VecDeque<Flight>,
    timer: Option<Timer>,
    driver: String,
    backend: wgpu::Backend,
}

/// A submit, and the news that it is done.
struct Flight {
    index: wgpu::SubmissionIndex,
    landed: oneshot::Receiver<()>,
}

/// What a binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// A storage buffer that is only read.
    Read,
    /// A storage buffer.
    Write,
    /// A uniform buffer.
    Uniform,
    /// A uniform buffer, looked at from an offset that each dispatch chooses.
    Window,
}

impl Device {
    /// Opens the adapter that the system or browser prefers.
    ///
    /// # Errors
    /// There is no adapter, or it refuses a device, or does not answer within these deadlines; then, neither does it
    /// later on.
    pub async fn open(deadlines: &Deadlines) -> Result<Self, BackendError> {
        Self::open_with(wgpu::Features::empty(), deadlines).await
    }

    /// The same, with a clock for its kernels where the adapter has one: see [`Device::take_kernel_seconds`].
    ///
    /// # Errors
    /// There is no adapter, or it refuses a device.
    pub async fn open_with_timer() -> Result<Self, BackendError> {
        Self::open_with(Timer::FEATURE, &Deadlines::default()).await
    }

    async fn open_with(wanted: wgpu::Features, deadlines: &Deadlines) -> Result<Self, BackendError> {
        let descriptor = wgpu::InstanceDescriptor {
            backends: wgpu::Backends::PRIMARY,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        };
        // Browsers choose by themselves, and some warn about a preference.
        let power_preference = if cfg!(target_arch = "wasm32") {
            wgpu::PowerPreference::None
        } else {
            wgpu::PowerPreference::HighPerformance
        };
        let options = wgpu::RequestAdapterOptions { power_preference, ..Default::default() };
        let instance = wgpu::Instance::new(descriptor);
        let adapter = deadlines.within(Awaited::Adapter, instance.request_adapter(&options)).await?;
        let adapter = adapter.map_err(|error| BackendError::NoAdapter { detail: error.to_string() })?;
        let offered = adapter.limits();
        let mut limits = wgpu::Limits::default();
        let larger = |default: &mut u32, offered: u32| *default = offered.max(*default);
        larger(&mut limits.max_compute_workgroup_storage_size, offered.max_compute_workgroup_storage_size);
        larger(&mut limits.max_compute_invocations_per_workgroup, offered.max_compute_invocations_per_workgroup);
        larger(&mut limits.max_compute_workgroup_size_x, offered.max_compute_workgroup_size_x);
        let features = wanted & adapter.features();
        let descriptor =
            wgpu::DeviceDescriptor { required_features: features, required_limits: limits, ..Default::default() };
        let requested = deadlines.within(Awaited::Device, adapter.request_device(&descriptor)).await?;
        let (device, queue) = requested.map_err(|error| refused(&error))?;
        let fault = Arc::new(Mutex::new(None));
        let (on_loss, on_error) = (fault.clone(), fault.clone());
        device.set_device_lost_callback(move |reason, message| {
            note(&on_loss, lost(&if message.is_empty() { format!("{reason:?}") } else { message }));
        });
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&on_error, lost(&error))));
        let name = name(&adapter, &device);
        let info = adapter.get_info();
        let driver = [info.driver, info.driver_info].join(" ").trim().to_owned();
        let backend = info.backend;
        let timer = features.contains(Timer::FEATURE).then(|| Timer::new(&device, &queue));
        let software = info.device_type == wgpu::DeviceType::Cpu || is_software(&name);
        Ok(Self {
            raw: device,
            queue,
            name,
            software,
            fault,
            scopes: vec![],
            staging: None,
            deadlines: deadlines.clone(),
            flying: VecDeque::new(),
            timer,
            driver,
            backend,
        })
    }

    /// The adapter's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The driver in words, where it is known, and the system's interface to it: `vulkan`.
    #[must_use]
    pub fn driver(&self) -> (&str, &'static str) {
        (&self.driver, self.backend.to_str())
    }

    /// Whether the adapter is a processor that plays a GPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// What a workgroup should use at most.
    #[must_use]
    pub fn device_limits(&self) -> DeviceLimits {
        if self.software {
            return if self.name.to_lowercase().contains("swiftshader") {
                DeviceLimits::SWIFTSHADER
            } else {
                DeviceLimits::SOFTWARE
            };
        }
        let limits = self.raw.limits();
        DeviceLimits {
            bytes: limits.max_compute_workgroup_storage_size as usize,
            invocations: limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x) as usize,
            ..DeviceLimits::DEFAULT
        }
    }

    /// What the offset of a uniform binding must be a multiple of.
    #[must_use]
    pub fn alignment(&self) -> usize {
        self.raw.limits().min_uniform_buffer_offset_alignment as usize
    }

    /// The first thing that went wrong for good, if anything did.
    ///
    /// # Errors
    /// The device is lost, or was used in a way that it refused.
    pub fn check(&self) -> Result<(), BackendError> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.clone().map_or(Ok(()), Err)
    }

    /// Creates something; whether that went well, [`Device::settle`] tells.
    pub fn create<T>(&mut self, creation: impl FnOnce(&wgpu::Device) -> T) -> T {
        let memory = self.raw.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.raw.push_error_scope(wgpu::ErrorFilter::Validation);
        let created = creation(&self.raw);
        self.scopes.push(Box::pin(validation.pop()));
        self.scopes.push(Box::pin(memory.pop()));
        created
    }

    /// Waits until it is known whether everything was created well.
    ///
    /// # Errors
    /// The device's error of a creation, which every later call repeats; or the device is lost.
    pub async fn settle(&mut self) -> Result<(), BackendError> {
        for scope in std::mem::take(&mut self.scopes) {
            let error = match self.deadlines.within(Awaited::Creation, scope).await {
                Ok(error) => error.map(|error| refused(&error)),
                Err(late) => Some(late),
            };
            if let Some(error) = error {
                note(&self.fault, error);
            }
        }
        self.check()
    }

    /// A compute pipeline of one entry point, and the layout of its only bind group.
    pub fn pipeline(&mut self, source: &str, entry_point: &str, bindings: &[Binding]) -> Pipeline {
        self.create(|device| {
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(entry_point),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
            let entries: Vec<_> =
                bindings.iter().zip(0..).map(|(&kind, binding)| layout_entry(binding, kind)).collect();
            let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(entry_point),
                entries: &entries,
            });
            let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(entry_point),
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            });
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry_point),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some(entry_point),
                // Everything is written before it is read.
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            });
            Pipeline { pipeline, layout }
        })
    }

    /// A bind group.
    #[must_use]
    pub fn bind(&self, pipeline: &Pipeline, buffers: &[Bound]) -> wgpu::BindGroup {
        let entries: Vec<_> = buffers.iter().zip(0..).map(|(&bound, binding)| entry(binding, bound)).collect();
        self.raw.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.layout,
            entries: &entries,
        })
    }

    /// A buffer of at least one vector.
    pub fn buffer(&mut self, bytes: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let size = bytes.next_multiple_of(VECTOR_BYTES).max(VECTOR_BYTES) as u64;
        self.create(|device| {
            device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        })
    }

    /// Makes `buffer` one of at least `bytes`. Its contents are lost where it has to grow.
    pub fn reserve<'a>(
        &mut self,
        buffer: &'a mut Option<wgpu::Buffer>,
        bytes: usize,
        usage: wgpu::BufferUsages,
    ) -> &'a wgpu::Buffer {
        if let Some(small) = buffer.take_if(|buffer| buffer.size() < bytes as u64) {
            small.destroy();
        }
        buffer.get_or_insert_with(|| self.buffer(bytes.next_power_of_two(), usage))
    }

    /// Writes to the beginning of a buffer, before whatever is submitted next.
    pub fn write<T: bytemuck::NoUninit>(&self, buffer: &wgpu::Buffer, values: &[T]) {
        self.queue.write_buffer(buffer, 0, bytemuck::cast_slice(values));
    }

    /// Records the dispatches of a compute pass and submits them.
    pub fn compute(&mut self, record: impl FnOnce(&mut wgpu::ComputePass)) {
        let mut timer = self.timer.take();
        self.submit(|encoder| {
            let timestamp_writes = timer.as_mut().and_then(Timer::writes);
            record(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes }));
        });
        self.timer = timer;
    }

    /// Seconds that compute passes took since this was last asked, where the device was opened with a timer and has
    /// one.
    ///
    /// # Errors
    /// The device is lost.
    pub async fn take_kernel_seconds(&mut self) -> Result<Option<f64>, BackendError> {
        let Some(mut timer) = self.timer.take() else { return Ok(None) };
        let timestamps = match timer.take_passes() {
            None => Ok(None),
            Some(passes) => {
                self.submit(|encoder| timer.resolve(encoder, passes));
                self.read::<u64>(timer.resolved(), 2 * passes as usize).await.map(Some)
            }
        };
        let seconds = timestamps.map(|timestamps| timestamps.map(|timestamps| timer.seconds(&timestamps)));
        self.timer = Some(timer);
        seconds
    }

    /// Records commands and submits them.
    pub fn submit(&mut self, record: impl FnOnce(&mut wgpu::CommandEncoder)) {
        let mut encoder = self.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        record(&mut encoder);
        let index = self.queue.submit([encoder.finish()]);
        let (sender, receiver) = oneshot::channel();
        // The send fails where the waiting future was dropped.
        self.queue.on_submitted_work_done(move || sender.send(()).unwrap_or_default());
        self.flying.push_back(Flight { index, landed: receiver });
    }

    /// Waits until at most `left` submits are not done yet.
    ///
    /// # Errors
    /// The device is lost.
    pub async fn wait_for_all_but(&mut self, left: usize) -> Result<(), BackendError> {
        while self.flying.len() > left {
            let Some(Flight { index, landed }) = self.flying.pop_front() else { break };
            self.poll(Some(index))?;
            let notified = self.within_deadline(landed).await?;
            self.check()?;
            notified.map_err(|_| lost("the queue was abandoned"))?;
        }
        self.check()
    }

    /// The first `count` values of a buffer.
    ///
    /// # Errors
    /// The device is lost, or has no memory for it.
    pub async fn read<T>(&mut self, buffer: &wgpu::Buffer, count: usize) -> Result<Vec<T>, BackendError>
    where
        T: bytemuck::NoUninit + bytemuck::AnyBitPattern,
    {
        let size = (count * size_of::<T>()) as u64;
        // Taken out while it is in use: a read that is dropped half way leaves a buffer that nobody can map again.
        let mut staging = self.staging.take();
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let staging = self.reserve(&mut staging, size as usize, usage).clone();
        self.settle().await?;
        self.submit(|encoder| encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, size));
        let (sender, receiver) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, ..size, move |result| sender.send(result).unwrap_or_default());
        self.poll(None)?;
        let mapped = self.within_deadline(receiver).await?;
        self.check()?;
        mapped.map_err(|_| lost("the queue was abandoned"))?.map_err(|error| lost(&error))?;
        let values = {
            let view = staging.get_mapped_range(..size).map_err(|error| lost(&error))?;
            bytemuck::pod_collect_to_vec(&view)
        };
        staging.unmap();
        // What was submitted before is done too.
        self.flying.clear();
        self.staging = Some(staging);
        Ok(values)
    }

    /// What submitted work gives; a device that does not give it in time gives nothing any more.
    async fn within_deadline<T>(&self, work: impl Future<Output = T>) -> Result<T, BackendError> {
        let awaited = if self.software { Awaited::SoftwareWork } else { Awaited::Work };
        let done = self.deadlines.within(awaited, work).await;
        if let Err(late) = &done {
            note(&self.fault, late.clone());
        }
        done
    }

    /// Gives the device's callbacks a chance to run until this submit is done, or all are; browsers need none.
    #[cfg_attr(target_arch = "wasm32", expect(clippy::needless_pass_by_value, reason = "only native ones use it up"))]
    fn poll(&self, index: Option<wgpu::SubmissionIndex>) -> Result<(), BackendError> {
        #[cfg(not(target_arch = "wasm32"))]
        {
            let until = wgpu::PollType::Wait { submission_index: index, timeout: None };
            self.raw.poll(until).map_err(|error| lost(&error))?;
        }
        #[cfg(target_arch = "wasm32")]
        let _ = index;
        self.check()
    }

    /// Loses the device on purpose.
    pub fn destroy(&self) {
        self.raw.destroy();
        // The next call reports the loss; the result of this one does not matter.
        let _ = self.poll(None);
    }
}

impl Drop for Device {
    /// Frees the device's memory now; a browser would wait for its garbage collector.
    fn drop(&mut self) {
        self.raw.destroy();
    }
}

/// A compute pipeline, and the layout of its only bind group.
pub struct Pipeline {
    /// The pipeline.
    pub pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

/// A buffer for a binding.
#[derive(Clone, Copy, Debug)]
pub enum Bound<'a> {
    /// All of it.
    Whole(&'a wgpu::Buffer),
    /// Some bytes of it: the first, or those from an offset that each dispatch chooses.
    Window(&'a wgpu::Buffer, u64),
}

fn layout_entry(binding: u32, kind: Binding) -> wgpu::BindGroupLayoutEntry {
    let ty = match kind {
        Binding::Read => wgpu::BufferBindingType::Storage { read_only: true },
        Binding::Write => wgpu::BufferBindingType::Storage { read_only: false },
        Binding::Uniform | Binding::Window => wgpu::BufferBindingType::Uniform,
    };
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: kind == Binding::Window, min_binding_size: None },
        count: None,
    }
}

fn entry(binding: u32, bound: Bound) -> wgpu::BindGroupEntry {
    let resource = match bound {
        Bound::Whole(buffer) => buffer.as_entire_binding(),
        Bound::Window(buffer, bytes) => {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size: wgpu::BufferSize::new(bytes) })
        }
    };
    wgpu::BindGroupEntry { binding, resource }
}

/// Keeps the first fault: the later ones follow from it.
fn note(fault: &Mutex<Option<BackendError>>, error: BackendError) {
    fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
}

fn lost(error: &(impl ToString + ?Sized)) -> BackendError {
    BackendError::Lost { detail: error.to_string() }
}

fn refused(error: &impl ToString) -> BackendError {
    BackendError::Refused { detail: error.to_string() }
}

/// Whether an adapter of this name is a processor that plays a GPU.
fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    SOFTWARE.iter().any(|part| name.contains(part))
}

/// The adapter's name; in a browser that keeps it secret, vendor and architecture.
#[cfg(not(target_arch = "wasm32"))]
fn name(adapter: &wgpu::Adapter, _: &wgpu::Device) -> String {
    adapter.get_info().name
}

/// The adapter's name; in a browser that keeps it secret, vendor and architecture.
#[cfg(target_arch = "wasm32")]
#[expect(clippy::redundant_closure_for_method_calls, reason = "the type of the method has no public name")]
fn name(adapter: &wgpu::Adapter, device: &wgpu::Device) -> String {
    let name = adapter.get_info().name;
    if !name.is_empty() {
        return name;
    }
    let info = device.as_webgpu().map(|device| device.adapter_info());
    let parts = info.map_or(vec![], |info| vec![info.vendor(), info.architecture()]);
    let known = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if known.is_empty() { "WebGPU".to_owned() } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_adapters_are_known_by_name() {
        for name in ["llvmpipe (LLVM 15.0.6, 256 bits)", "SwiftShader Device (LLVM 10.0.0)", "google swiftshader"] {
            assert!(is_software(name), "{name}");
        }
        assert!(is_software("Microsoft Basic Render Driver"));
        assert!(!is_software("NVIDIA GeForce RTX 4070"));
    }
}
