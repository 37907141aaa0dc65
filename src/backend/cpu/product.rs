//! The matrix products of an inner-loop step, blocked for registers.
//!
//! Every sum runs over its index in ascending order, in one accumulator for each element: the result is the same
//! whatever the block sizes and the width of a lane. Blocks of [`ROWS`] × 2 lanes keep ten accumulators, two lanes of the
//! right-hand side and one broadcast number in the sixteen registers that x86-64 and V8 have.

use crate::lanes::{F32x4, Lane};

const W: usize = F32x4::WIDTH;

/// Rows of a block; the paper's minibatch of ten is two blocks.
const ROWS: usize = 5;

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

    /// The address of an element, which must be one of the matrix or of its padding.
    fn at(&self, row: usize, column: usize) -> *const f32 {
        debug_assert!(row < self.rows && column < self.stride);
        self.data.as_ptr().wrapping_add(row * self.stride + column)
    }
}

/// out ← a · b (+ bias on every row); `out` has `b`'s stride, which must be whole lanes.
pub fn multiply(a: Matrix, b: Matrix, bias: Option<&[f32]>, out: &mut [f32]) {
    assert!(a.columns == b.rows && b.stride.is_multiple_of(W) && out.len() >= a.rows * b.stride);
    assert!(bias.is_none_or(|bias| bias.len() >= b.stride));
    let mut row = 0;
    while row + ROWS <= a.rows {
        multiply_rows::<ROWS>(a, b, bias, out, row);
        row += ROWS;
    }
    match a.rows - row {
        4 => multiply_rows::<4>(a, b, bias, out, row),
        3 => multiply_rows::<3>(a, b, bias, out, row),
        2 => multiply_rows::<2>(a, b, bias, out, row),
        1 => multiply_rows::<1>(a, b, bias, out, row),
        _ => {}
    }
}

fn multiply_rows<const R: usize>(a: Matrix, b: Matrix, bias: Option<&[f32]>, out: &mut [f32], row: usize) {
    let mut column = 0;
    while column + 2 * W <= b.stride {
        multiply_block::<R, 2>(a, b, bias, out, row, column);
        column += 2 * W;
    }
    if column < b.stride {
        multiply_block::<R, 1>(a, b, bias, out, row, column);
    }
}

/// R rows and C lanes of the product.
#[inline(always)]
fn multiply_block<const R: usize, const C: usize>(
    a: Matrix,
    b: Matrix,
    bias: Option<&[f32]>,
    out: &mut [f32],
    row: usize,
    column: usize,
) {
    // SAFETY: `multiply` has checked that rows row..row + R of `a` and `out`, all rows of `b`, and columns
    // column..column + C·W of `b`, `bias` and `out` exist.
    unsafe {
        let start: [F32x4; C] = std::array::from_fn(|c| match bias {
            Some(bias) => F32x4::load(bias.as_ptr().add(column + c * W)),
            None => F32x4::splat(0.0),
        });
        let mut sums = [start; R];
        for k in 0..b.rows {
            let right: [F32x4; C] = std::array::from_fn(|c| F32x4::load(b.at(k, column + c * W)));
            for (r, sums) in sums.iter_mut().enumerate() {
                let left = F32x4::splat(*a.at(row + r, k));
                for c in 0..C {
                    sums[c] = sums[c] + left * right[c];
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                sum.store(out.as_mut_ptr().add((row + r) * b.stride + column + c * W));
            }
        }
    }
}

/// One layer's step of gradient descent: w ← w − α·aᵀδ and b ← b − α·Σδ, over the rows (points) of a and δ.
///
/// `w` has δ's stride. `transposed`, where given, receives the new w the other way round, with rows of a's columns
/// padded to whole lanes, δ's stride of them.
pub fn descend(
    a: Matrix,
    delta: Matrix,
    learning_rate: f32,
    w: &mut [f32],
    b: &mut [f32],
    mut transposed: Option<&mut [f32]>,
) {
    let (inputs, stride) = (a.columns, delta.stride);
    assert!(a.rows == delta.rows && stride.is_multiple_of(W) && w.len() >= inputs * stride && b.len() >= stride);
    assert!(transposed.as_ref().is_none_or(|t| t.len() >= stride * inputs.next_multiple_of(W)));
    let mut input = 0;
    while input + W <= inputs {
        descend_rows::<W>(a, delta, learning_rate, w, transposed.as_deref_mut(), input);
        input += W;
    }
    while input < inputs {
        descend_rows::<1>(a, delta, learning_rate, w, transposed.as_deref_mut(), input);
        input += 1;
    }
    for column in (0..stride).step_by(W) {
        // SAFETY: columns column..column + W of every row of `delta` and of `b` exist, as asserted.
        unsafe {
            let mut sum = F32x4::splat(0.0);
            for row in 0..delta.rows {
                sum = sum + F32x4::load(delta.at(row, column));
            }
            let b = b.as_mut_ptr().add(column);
            (F32x4::load(b) - F32x4::splat(learning_rate) * sum).store(b);
        }
    }
}

fn descend_rows<const R: usize>(
    a: Matrix,
    delta: Matrix,
    learning_rate: f32,
    w: &mut [f32],
    mut transposed: Option<&mut [f32]>,
    input: usize,
) {
    let mut column = 0;
    while column + 2 * W <= delta.stride {
        descend_block::<R, 2>(a, delta, learning_rate, w, transposed.as_deref_mut(), input, column);
        column += 2 * W;
    }
    if column < delta.stride {
        descend_block::<R, 1>(a, delta, learning_rate, w, transposed, input, column);
    }
}

/// R inputs and C lanes of outputs.
#[inline(always)]
fn descend_block<const R: usize, const C: usize>(
    a: Matrix,
    delta: Matrix,
    learning_rate: f32,
    w: &mut [f32],
    transposed: Option<&mut [f32]>,
    input: usize,
    column: usize,
) {
    // SAFETY: `descend` has checked that columns input..input + R of `a`, columns column..column + C·W of `delta` and
    // `w`, and their rows exist.
    unsafe {
        let mut sums = [[F32x4::splat(0.0); C]; R];
        for row in 0..delta.rows {
            let right: [F32x4; C] = std::array::from_fn(|c| F32x4::load(delta.at(row, column + c * W)));
            for (r, sums) in sums.iter_mut().enumerate() {
                let left = F32x4::splat(*a.at(row, input + r));
                for c in 0..C {
                    sums[c] = sums[c] + left * right[c];
                }
            }
        }
        let rate = F32x4::splat(learning_rate);
        for (r, sums) in sums.iter_mut().enumerate() {
            for (c, sum) in sums.iter_mut().enumerate() {
                let w = w.as_mut_ptr().add((input + r) * delta.stride + column + c * W);
                *sum = F32x4::load(w) - rate * *sum;
                sum.store(w);
            }
        }
        if let Some(transposed) = transposed {
            let stride = a.columns.next_multiple_of(W);
            for c in 0..C {
                let target = transposed.as_mut_ptr().add((column + c * W) * stride + input);
                store_transposed(sums.map(|sums| sums[c]), target, stride);
            }
        }
    }
}

/// Stores R rows of W columns as W rows of R columns, `stride` apart.
///
/// # Safety
/// All of those must lie within what `target` may write to.
#[inline(always)]
unsafe fn store_transposed<const R: usize>(rows: [F32x4; R], target: *mut f32, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if let Ok(rows) = <[F32x4; W]>::try_from(&rows[..]) {
            for (i, column) in F32x4::transpose(rows).into_iter().enumerate() {
                column.store(target.add(i * stride));
            }
        } else {
            for (r, row) in rows.into_iter().enumerate() {
                let mut numbers = [0.0; W];
                row.store(numbers.as_mut_ptr());
                for (i, number) in numbers.into_iter().enumerate() {
                    *target.add(i * stride + r) = number;
                }
            }
        }
    }
}

/// out ← aᵀ, with rows of a's number of rows padded to whole lanes.
pub fn transpose(a: Matrix, out: &mut [f32]) {
    let stride = a.rows.next_multiple_of(W);
    for row in 0..a.rows {
        for column in 0..a.columns {
            out[column * stride + row] = a.data[row * a.stride + column];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rng::Rng;

    fn random(count: usize, rng: &mut Rng) -> Vec<f32> {
        (0..count).map(|_| rng.uniform(-1.0, 1.0)).collect()
    }

    /// Shapes on, below and above every block size.
    fn shapes() -> impl Iterator<Item = (usize, usize, usize)> {
        let sizes = [1, 2, 3, 4, 5, 8, 9, 12, 17];
        sizes.into_iter().flat_map(move |m| sizes.into_iter().flat_map(move |k| sizes.map(move |n| (m, k, n))))
    }

    #[test]
    fn multiply_sums_in_order() {
        let mut rng = Rng::new(1);
        for (m, k, n) in shapes() {
            let stride = n.next_multiple_of(W);
            let (a, b, bias) = (random(m * (k + 1), &mut rng), random(k * stride, &mut rng), random(stride, &mut rng));
            let mut out = vec![f32::NAN; m * stride];
            multiply(Matrix::new(&a, m, k, k + 1), Matrix::new(&b, k, n, stride), Some(&bias), &mut out);
            for row in 0..m {
                for column in 0..n {
                    let terms = (0..k).map(|i| a[row * (k + 1) + i] * b[i * stride + column]);
                    let expected = terms.fold(bias[column], |sum, term| sum + term);
                    assert_eq!(out[row * stride + column], expected, "{m}x{k}x{n} at {row}, {column}");
                }
            }
        }
    }

    #[test]
    fn descend_updates_both_layouts() {
        let mut rng = Rng::new(2);
        for (points, inputs, outputs) in shapes() {
            let (stride, across) = (outputs.next_multiple_of(W), inputs.next_multiple_of(W));
            let (a, delta) = (random(points * across, &mut rng), random(points * stride, &mut rng));
            let (w, b) = (random(inputs * stride, &mut rng), random(stride, &mut rng));
            let (mut new_w, mut new_b, mut transposed) = (w.clone(), b.clone(), vec![f32::NAN; stride * across]);
            descend(
                Matrix::new(&a, points, inputs, across),
                Matrix::new(&delta, points, outputs, stride),
                0.5,
                &mut new_w,
                &mut new_b,
                Some(&mut transposed),
            );
            for o in 0..outputs {
                let sum = (0..points).fold(0.0, |sum, point| sum + delta[point * stride + o]);
                assert_eq!(new_b[o], b[o] - 0.5 * sum);
                for i in 0..inputs {
                    let terms = (0..points).map(|point| a[point * across + i] * delta[point * stride + o]);
                    let expected = w[i * stride + o] - 0.5 * terms.fold(0.0, |sum, term| sum + term);
                    assert_eq!(new_w[i * stride + o], expected, "{points}x{inputs}x{outputs} at {i}, {o}");
                    assert_eq!(transposed[o * across + i], expected, "{points}x{inputs}x{outputs} transposed");
                }
            }
        }
    }
}
