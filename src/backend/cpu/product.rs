//! The matrix products of an inner-loop step, blocked for registers.
//!
//! Every sum runs over its index in ascending order, in one accumulator for each element: the result is the same
//! whatever the block sizes and the width of a vector. Blocks of [`ROWS`] × 2 vectors keep eight accumulators, two
//! vectors of the right-hand side and one broadcast number in the sixteen registers that x86-64 and V8 have.

use crate::simd::{F32x4, Job, SimdVector, unroll};

/// Rows of a block of a product; the paper's minibatch of ten is two blocks.
const ROWS: usize = 4;
/// Inputs of a block of a gradient, which most widths are a multiple of.
const INPUTS: usize = 4;

/// Part of a row-major matrix: `rows` × `columns` numbers, rows `stride` apart.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    stride: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix that lies in `data`.
    ///
    /// # Panics
    /// When it does not fit there.
    pub fn new(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(columns <= stride && data.len() >= rows * stride, "a matrix must lie within its data");
        Self { data, rows, columns, stride }
    }

    /// Its number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The address of an element.
    ///
    /// # Safety
    /// It must be one of the matrix or of its padding.
    #[inline(always)]
    unsafe fn at(&self, row: usize, column: usize) -> *const f32 {
        debug_assert!(row < self.rows && column < self.stride);
        // SAFETY: the caller's promise, and all rows lie within the data.
        unsafe { self.data.as_ptr().add(row * self.stride + column) }
    }
}

/// out ← a · b (+ bias on every row); `out` has `b`'s stride, which must be whole vectors.
pub fn multiply<L: SimdVector>(a: Matrix, b: Matrix, bias: Option<&[f32]>, out: &mut [f32]) {
    assert!(a.columns == b.rows && b.stride.is_multiple_of(L::WIDTH) && out.len() >= a.rows * b.stride);
    assert!(bias.is_none_or(|bias| bias.len() >= b.stride));
    L::vectorize(Multiply { a, b, bias, out });
}

struct Multiply<'a> {
    a: Matrix<'a>,
    b: Matrix<'a>,
    bias: Option<&'a [f32]>,
    out: &'a mut [f32],
}

impl Job for Multiply<'_> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        let Self { a, b, bias, out } = self;
        let mut row = 0;
        while row + ROWS <= a.rows {
            multiply_rows::<L, ROWS>(a, b, bias, out, row);
            row += ROWS;
        }
        match a.rows - row {
            4 => multiply_rows::<L, 4>(a, b, bias, out, row),
            3 => multiply_rows::<L, 3>(a, b, bias, out, row),
            2 => multiply_rows::<L, 2>(a, b, bias, out, row),
            1 => multiply_rows::<L, 1>(a, b, bias, out, row),
            _ => {}
        }
    }
}

#[inline(always)]
fn multiply_rows<L: SimdVector, const R: usize>(
    a: Matrix,
    b: Matrix,
    bias: Option<&[f32]>,
    out: &mut [f32],
    row: usize,
) {
    let mut column = 0;
    while column + 2 * L::WIDTH <= b.stride {
        multiply_block::<L, R, 2>(a, b, bias, out, row, column);
        column += 2 * L::WIDTH;
    }
    if column < b.stride {
        multiply_block::<L, R, 1>(a, b, bias, out, row, column);
    }
}

/// R rows and C vectors of the product.
#[inline(always)]
fn multiply_block<L: SimdVector, const R: usize, const C: usize>(
    a: Matrix,
    b: Matrix,
    bias: Option<&[f32]>,
    out: &mut [f32],
    row: usize,
    column: usize,
) {
    // SAFETY: `multiply` has checked that rows row..row + R of `a` and `out`, all rows of `b`, and columns
    // column..column + C vectors of `b`, `bias` and `out` exist.
    unsafe {
        let mut start = four(L::splat(0.0));
        if let Some(bias) = bias {
            unroll!(c < C => { start[c] = L::load(bias.as_ptr().add(column + c * L::WIDTH)); });
        }
        let mut sums = four(start);
        for k in 0..b.rows {
            let right = vectors::<L, C>(b.at(k, column));
            unroll!(r < R => {
                let left = L::splat(*a.at(row + r, k));
                unroll!(c < C => { sums[r][c] = sums[r][c] + left * right[c]; });
            });
        }
        unroll!(r < R => {
            unroll!(c < C => {
                sums[r][c].store(out.as_mut_ptr().add((row + r) * b.stride + column + c * L::WIDTH));
            });
        });
    }
}

/// One layer's step of gradient descent: w ← w − α·aᵀδ, over the rows (points) of a and δ.
///
/// `w` has δ's stride, which must be whole vectors.
pub fn sgd_step<L: SimdVector>(a: Matrix, delta: Matrix, learning_rate: f32, w: &mut [f32]) {
    assert!(a.rows == delta.rows && delta.stride.is_multiple_of(L::WIDTH) && w.len() >= a.columns * delta.stride);
    L::vectorize(SgdStep { a, delta, learning_rate, w });
}

struct SgdStep<'a> {
    a: Matrix<'a>,
    delta: Matrix<'a>,
    learning_rate: f32,
    w: &'a mut [f32],
}

impl Job for SgdStep<'_> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        let Self { a, delta, learning_rate, w } = self;
        let mut input = 0;
        while input + INPUTS <= a.columns {
            sgd_step_rows::<L, INPUTS>(a, delta, learning_rate, w, input);
            input += INPUTS;
        }
        while input < a.columns {
            sgd_step_rows::<L, 1>(a, delta, learning_rate, w, input);
            input += 1;
        }
    }
}

#[inline(always)]
fn sgd_step_rows<L: SimdVector, const R: usize>(
    a: Matrix,
    delta: Matrix,
    learning_rate: f32,
    w: &mut [f32],
    input: usize,
) {
    let mut column = 0;
    while column + 2 * L::WIDTH <= delta.stride {
        sgd_step_block::<L, R, 2>(a, delta, learning_rate, w, input, column);
        column += 2 * L::WIDTH;
    }
    if column < delta.stride {
        sgd_step_block::<L, R, 1>(a, delta, learning_rate, w, input, column);
    }
}

/// R inputs and C vectors of outputs.
#[inline(always)]
fn sgd_step_block<L: SimdVector, const R: usize, const C: usize>(
    a: Matrix,
    delta: Matrix,
    learning_rate: f32,
    w: &mut [f32],
    input: usize,
    column: usize,
) {
    // SAFETY: `sgd_step` has checked that columns input..input + R of `a`, columns column..column + C vectors of `delta`
    // and `w`, and their rows exist.
    unsafe {
        let mut sums = four(four(L::splat(0.0)));
        for row in 0..delta.rows {
            let right = vectors::<L, C>(delta.at(row, column));
            unroll!(r < R => {
                let left = L::splat(*a.at(row, input + r));
                unroll!(c < C => { sums[r][c] = sums[r][c] + left * right[c]; });
            });
        }
        let rate = L::splat(learning_rate);
        unroll!(r < R => {
            unroll!(c < C => {
                let w = w.as_mut_ptr().add((input + r) * delta.stride + column + c * L::WIDTH);
                (L::load(w) - rate * sums[r][c]).store(w);
            });
        });
    }
}

/// The biases' step of gradient descent: b ← b − α·Σδ, over the rows of δ.
pub fn sgd_step_biases<L: SimdVector>(delta: Matrix, learning_rate: f32, b: &mut [f32]) {
    assert!(delta.stride.is_multiple_of(L::WIDTH) && b.len() >= delta.stride);
    L::vectorize(SgdStepBiases { delta, learning_rate, b });
}

struct SgdStepBiases<'a> {
    delta: Matrix<'a>,
    learning_rate: f32,
    b: &'a mut [f32],
}

impl Job for SgdStepBiases<'_> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        let Self { delta, learning_rate, b } = self;
        for column in (0..delta.stride).step_by(L::WIDTH) {
            // SAFETY: columns column..column + one vector of every row of `delta` and of `b` exist, as asserted.
            unsafe {
                let mut sum = L::splat(0.0);
                for row in 0..delta.rows {
                    sum = sum + L::load(delta.at(row, column));
                }
                let b = b.as_mut_ptr().add(column);
                (L::load(b) - L::splat(learning_rate) * sum).store(b);
            }
        }
    }
}

/// The most that [`unroll!`] goes to; what a block does not use costs nothing.
#[inline(always)]
fn four<T: Copy>(value: T) -> [T; 4] {
    [value, value, value, value]
}

/// C vectors in a row, and zeros behind them.
///
/// # Safety
/// As [`SimdVector::load`]'s, for all of them.
#[inline(always)]
unsafe fn vectors<L: SimdVector, const C: usize>(source: *const f32) -> [L; 4] {
    let mut vectors = four(L::splat(0.0));
    // SAFETY: the caller's promise.
    unroll!(c < C => { vectors[c] = unsafe { L::load(source.add(c * L::WIDTH)) }; });
    vectors
}

/// out ← aᵀ, with rows `stride` apart, and zero behind them; a's rows and columns must be whole blocks of four, padding
/// included.
pub fn transpose(a: Matrix, out: &mut [f32], stride: usize) {
    const W: usize = F32x4::WIDTH;
    let (rows, columns) = (a.rows.next_multiple_of(W), a.columns.next_multiple_of(W));
    assert!(a.data.len() >= rows * a.stride && columns <= a.stride && rows <= stride && out.len() >= columns * stride);
    for row in out.chunks_exact_mut(stride).take(columns) {
        // Another layer may have left its numbers here.
        row[rows..].fill(0.0);
    }
    for row in (0..rows).step_by(W) {
        for column in (0..columns).step_by(W) {
            // SAFETY: as asserted, the block lies in `a`'s data and its transpose in `out`.
            unsafe {
                let source = a.data.as_ptr().add(row * a.stride + column);
                let target = out.as_mut_ptr().add(column * stride + row);
                let mut block = four(F32x4::splat(0.0));
                unroll!(i < W => { block[i] = F32x4::load(source.add(i * a.stride)); });
                let block = F32x4::transpose(block);
                unroll!(i < W => { block[i].store(target.add(i * stride)); });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rng::Rng;
    use crate::simd;

    fn random(count: usize, rng: &mut Rng) -> Vec<f32> {
        (0..count).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    /// Shapes on, below and above every block size.
    fn shapes() -> impl Iterator<Item = (usize, usize, usize)> {
        let sizes = [1, 2, 3, 4, 5, 8, 9, 12, 17, 33];
        sizes.into_iter().flat_map(move |m| sizes.into_iter().flat_map(move |k| sizes.map(move |n| (m, k, n))))
    }

    /// Runs a check in single numbers and in vectors of every width that there is.
    fn in_every_width(check: impl Job + Copy) {
        check.run::<f32>();
        for &width in simd::widths() {
            simd::run(width, check);
        }
    }

    #[test]
    fn multiply_sums_in_order() {
        #[derive(Clone, Copy)]
        struct Check;
        impl Job for Check {
            fn run<L: SimdVector>(self) {
                let mut rng = Rng::new(1);
                for (m, k, n) in shapes() {
                    let stride = n.next_multiple_of(L::WIDTH);
                    let (a, b) = (random(m * (k + 1), &mut rng), random(k * stride, &mut rng));
                    let bias = random(stride, &mut rng);
                    let mut out = vec![f32::NAN; m * stride];
                    multiply::<L>(Matrix::new(&a, m, k, k + 1), Matrix::new(&b, k, n, stride), Some(&bias), &mut out);
                    for row in 0..m {
                        for column in 0..n {
                            let terms = (0..k).map(|i| a[row * (k + 1) + i] * b[i * stride + column]);
                            let expected = terms.fold(bias[column], |sum, term| sum + term);
                            assert_eq!(out[row * stride + column], expected, "{m}x{k}x{n} at {row}, {column}");
                        }
                    }
                }
            }
        }
        in_every_width(Check);
    }

    #[test]
    fn sgd_step_moves_weights_and_biases() {
        #[derive(Clone, Copy)]
        struct Check;
        impl Job for Check {
            fn run<L: SimdVector>(self) {
                let mut rng = Rng::new(2);
                for (points, inputs, outputs) in shapes() {
                    let stride = outputs.next_multiple_of(L::WIDTH);
                    let (a, delta) = (random(points * inputs, &mut rng), random(points * stride, &mut rng));
                    let (w, b) = (random(inputs * stride, &mut rng), random(stride, &mut rng));
                    let (mut new_w, mut new_b) = (w.clone(), b.clone());
                    let deltas = Matrix::new(&delta, points, outputs, stride);
                    sgd_step::<L>(Matrix::new(&a, points, inputs, inputs), deltas, 0.5, &mut new_w);
                    sgd_step_biases::<L>(deltas, 0.5, &mut new_b);
                    for o in 0..outputs {
                        let sum = (0..points).fold(0.0, |sum, point| sum + delta[point * stride + o]);
                        assert_eq!(new_b[o], b[o] - 0.5 * sum);
                        for i in 0..inputs {
                            let terms = (0..points).map(|point| a[point * inputs + i] * delta[point * stride + o]);
                            let expected = w[i * stride + o] - 0.5 * terms.fold(0.0, |sum, term| sum + term);
                            assert_eq!(new_w[i * stride + o], expected, "{points}x{inputs}x{outputs} at {i}, {o}");
                        }
                    }
                }
            }
        }
        in_every_width(Check);
    }

    #[test]
    fn transpose_turns_rows_into_columns() {
        let mut rng = Rng::new(3);
        for (rows, columns, _) in shapes() {
            let (stride, across) = (columns.next_multiple_of(4) + 4, rows.next_multiple_of(4));
            let a = random(across * stride, &mut rng);
            let mut out = vec![f32::NAN; stride * across];
            transpose(Matrix::new(&a, rows, columns, stride), &mut out, across);
            for row in 0..rows {
                for column in 0..columns {
                    assert_eq!(out[column * across + row], a[row * stride + column], "{rows}x{columns}");
                }
            }
        }
    }
}
