//! Timestamps of the device's own clock around its compute passes, for measurements.

/// The most passes that can be timed between two readings; bounded by the queries of a set.
const MOST: u32 = 2048;

/// Times the compute passes of a device.
pub struct Timer {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    /// Nanoseconds of a tick.
    period: f32,
    /// Passes since the last reading.
    passes: u32,
}

impl Timer {
    /// What a device must offer.
    pub const FEATURE: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY;

    /// A timer for a device that offers [`Timer::FEATURE`].
    #[must_use]
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let queries = device.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: 2 * MOST,
        });
        let resolved = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(2 * MOST) * size_of::<u64>() as u64,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        Self { queries, resolved, period: queue.get_timestamp_period(), passes: 0 }
    }

    /// What a pass must be described with to be timed.
    pub fn writes(&mut self) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        let first = 2 * self.passes;
        self.passes += 1;
        (self.passes <= MOST).then_some(wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        })
    }

    /// The number of passes since this was last asked; none where there were none, or too many to tell.
    pub fn take_passes(&mut self) -> Option<u32> {
        let passes = std::mem::take(&mut self.passes);
        (1..=MOST).contains(&passes).then_some(passes)
    }

    /// Records that the timestamps of so many passes go to a buffer, two of 64 bits each.
    pub fn resolve(&self, encoder: &mut wgpu::CommandEncoder, passes: u32) {
        encoder.resolve_query_set(&self.queries, 0..2 * passes, &self.resolved, 0);
    }

    /// That buffer.
    #[must_use]
    pub fn resolved(&self) -> &wgpu::Buffer {
        &self.resolved
    }

    /// Seconds that passes took, given their timestamps.
    #[must_use]
    pub fn seconds(&self, timestamps: &[u64]) -> f64 {
        let ticks: u64 = timestamps.chunks_exact(2).map(|pass| pass[1].saturating_sub(pass[0])).sum();
        ticks as f64 * f64::from(self.period) * 1e-9
    }
}
