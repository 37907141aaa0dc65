//! Principal components of a few vectors of many parameters, and the plane of the first two of them.
//!
//! Of n vectors of P parameters, n ≪ P: the n × n matrix of the inner products of the centred vectors has the variances
//! as its eigenvalues, and the coordinates of the vectors in its eigenvectors (Jolliffe 2002, section 3.5). Sums are in
//! double precision and in one order, and give the same bits everywhere.

use super::parameter_plane::Projected;

/// Multiplications of one piece of work, about.
const PIECE: usize = 1 << 16;
/// An inner product that is smaller than this part of the whole variance is none.
const NEGLIGIBLE: f64 = 1e-14;
/// Jacobi's method is quadratic: ten sweeps are more than any matrix of this size has needed.
const MOST_SWEEPS: usize = 30;

/// Principal components in the making, a piece of work at a time.
#[derive(Clone, Debug)]
pub struct PrincipalComponents {
    /// Vectors of equal length, P.
    vectors: Vec<Vec<f32>>,
    /// The inner products, n × n; of the vectors seen from the first one, then of the centred ones, then diagonal.
    products: Vec<f64>,
    /// Rows of the rotations so far: in the end the eigenvectors, one a row.
    rotations: Vec<f64>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Inner products of this vector with those up to itself come next, from the second number on.
    Products(usize, usize),
    /// Rotations of this row with the later ones come next, in the sweep of this number; whether it had any so far.
    Rotations {
        row: usize,
        sweep: usize,
        rotated: bool,
    },
    Done,
}

impl PrincipalComponents {
    /// Of these vectors, all of the same length.
    #[must_use]
    pub fn new(vectors: Vec<Vec<f32>>) -> Self {
        let n = vectors.len();
        let mut rotations = vec![0.0; n * n];
        (0..n).for_each(|i| rotations[i * n + i] = 1.0);
        Self { products: vec![0.0; n * n], rotations, vectors, stage: Stage::Products(0, 0) }
    }

    /// The vectors.
    #[must_use]
    pub fn vectors(&self) -> &[Vec<f32>] {
        &self.vectors
    }

    /// Does the next piece of work, some 10⁵ operations; whether it was the last.
    pub fn advance(&mut self) -> bool {
        let n = self.vectors.len();
        match self.stage {
            Stage::Products(i, _) if i == n => {
                self.centre();
                self.stage = Stage::Rotations { row: 0, sweep: 0, rotated: false };
            }
            Stage::Products(mut i, mut j) => {
                let parameters = self.vectors[0].len().max(1);
                for _ in 0..PIECE.div_ceil(parameters) {
                    if i == n {
                        break;
                    }
                    let product = self.product(i, j);
                    (self.products[i * n + j], self.products[j * n + i]) = (product, product);
                    (i, j) = if j == i { (i + 1, 0) } else { (i, j + 1) };
                }
                self.stage = Stage::Products(i, j);
            }
            Stage::Rotations { row, sweep, rotated } if row + 1 >= n => {
                let is_done = !rotated || sweep + 1 == MOST_SWEEPS;
                let next = Stage::Rotations { row: 0, sweep: sweep + 1, rotated: false };
                self.stage = if is_done { Stage::Done } else { next };
            }
            Stage::Rotations { row, sweep, rotated } => {
                let negligible = NEGLIGIBLE * self.variance();
                let rotated =
                    (row + 1..n).fold(rotated, |rotated, other| self.rotate(row, other, negligible) || rotated);
                self.stage = Stage::Rotations { row: row + 1, sweep, rotated };
            }
            Stage::Done => {}
        }
        matches!(self.stage, Stage::Done)
    }

    /// The plane of the first two components, once the work is done; none where a vector is not finite, or all are equal.
    #[must_use]
    pub fn projection(&self) -> Option<Projection> {
        let (n, variance) = (self.vectors.len(), self.variance());
        if !variance.is_finite() || variance <= 0.0 {
            return None;
        }
        // What rounding leaves of no variance may be negative.
        let value = |i: usize| self.products[i * n + i].max(0.0);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| value(*b).total_cmp(&value(*a)));
        let parameters = self.vectors[0].len();
        let explained = order.iter().take(parameters).map(|&i| value(i) / variance).collect();
        let places: [Vec<f64>; 2] = [0, 1].map(|component| {
            let Some(&row) = order.get(component) else { return vec![0.0; n] };
            let eigenvector = &self.rotations[row * n..(row + 1) * n];
            let largest = eigenvector.iter().fold(0.0_f64, |far, &x| if x.abs() > far.abs() { x } else { far });
            let length = value(row).sqrt() * largest.signum();
            eigenvector.iter().map(|x| x * length).collect()
        });
        let mean: Vec<f64> = (0..parameters)
            .map(|k| self.vectors.iter().map(|vector| f64::from(vector[k])).sum::<f64>() / n as f64)
            .collect();
        // Places are inner products with the axis, so that the sum of the vectors by their places is along it.
        let axes = places.each_ref().map(|places| {
            let squares: f64 = places.iter().map(|x| x * x).sum();
            let mut axis = vec![0.0; parameters];
            // A component without variance has no direction.
            if squares > NEGLIGIBLE * variance {
                for (vector, x) in self.vectors.iter().zip(places) {
                    let weight = x / squares;
                    let centred = vector.iter().zip(&mean).map(|(number, mean)| f64::from(*number) - mean);
                    axis.iter_mut().zip(centred).for_each(|(axis, number)| *axis += weight * number);
                }
            }
            axis
        });
        let places = places[0].iter().zip(&places[1]).map(|(&x, &y)| [x, y]).collect();
        Some(Projection { explained, places, mean, axes })
    }

    /// ⟨vᵢ − v₀, vⱼ − v₀⟩: the vectors may lie far from the origin, but near to each other.
    fn product(&self, i: usize, j: usize) -> f64 {
        let [a, b, origin] = [i, j, 0].map(|index| &self.vectors[index][..]);
        // Four sums, for the processor's sake.
        let mut sums = [0.0; 4];
        let quads = a.chunks_exact(4).zip(b.chunks_exact(4)).zip(origin.chunks_exact(4));
        for ((a, b), origin) in quads {
            for lane in 0..4 {
                let origin = f64::from(origin[lane]);
                sums[lane] += (f64::from(a[lane]) - origin) * (f64::from(b[lane]) - origin);
            }
        }
        let rest = a.len() - a.len() % 4..a.len();
        let rest = rest.map(|k| (f64::from(a[k]) - f64::from(origin[k])) * (f64::from(b[k]) - f64::from(origin[k])));
        (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest.sum::<f64>()
    }

    /// From the products seen from the first vector to those seen from the mean.
    fn centre(&mut self) {
        let n = self.vectors.len();
        let means: Vec<f64> =
            self.products.chunks_exact(n.max(1)).map(|row| row.iter().sum::<f64>() / n as f64).collect();
        let whole = means.iter().sum::<f64>() / n as f64;
        for (i, row) in self.products.chunks_exact_mut(n.max(1)).enumerate() {
            for (j, product) in row.iter_mut().enumerate() {
                *product = (*product - (means[i] + means[j])) + whole;
            }
        }
    }

    /// The sum of the squared distances from the mean.
    fn variance(&self) -> f64 {
        self.products.iter().step_by(self.vectors.len() + 1).sum()
    }

    /// Jacobi's rotation, after which two rows have no product (Golub and Van Loan 2013, section 8.5); whether they had one.
    fn rotate(&mut self, p: usize, q: usize, negligible: f64) -> bool {
        let n = self.vectors.len();
        let [pp, qq, pq] = [(p, p), (q, q), (p, q)].map(|(i, j)| self.products[i * n + j]);
        if pq.abs() <= negligible || !pq.is_finite() {
            return false;
        }
        let ratio = (qq - pp) / (2.0 * pq);
        let tangent = ratio.signum() / (ratio.abs() + (1.0 + ratio * ratio).sqrt());
        let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
        let sine = tangent * cosine;
        for matrix in [&mut self.products, &mut self.rotations] {
            let (before, after) = matrix.split_at_mut(q * n);
            let (row_p, row_q) = (&mut before[p * n..(p + 1) * n], &mut after[..n]);
            for (a, b) in row_p.iter_mut().zip(row_q) {
                (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
            }
        }
        for k in 0..n {
            self.products[k * n + p] = self.products[p * n + k];
            self.products[k * n + q] = self.products[q * n + k];
        }
        for (i, j, value) in [(p, p, pp - tangent * pq), (q, q, qq + tangent * pq), (p, q, 0.0), (q, p, 0.0)] {
            self.products[i * n + j] = value;
        }
        true
    }
}

/// The plane of the first two principal components of some vectors, through their mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// Shares of the variance by component, largest first; they sum to 1.
    pub explained: Vec<f64>,
    /// Where the vectors lie in the plane, in units of the parameters. Of each component, the greatest in size is positive.
    pub places: Vec<[f64; 2]>,
    mean: Vec<f64>,
    /// Directions of length 1; zero where there is no variance left.
    axes: [Vec<f64>; 2],
}

impl Projection {
    /// Of these vectors, all of the same length; none where one is not finite, or all are equal.
    #[must_use]
    pub fn of(vectors: Vec<Vec<f32>>) -> Option<Self> {
        let mut components = PrincipalComponents::new(vectors);
        while !components.advance() {}
        components.projection()
    }

    /// The share of the variance that lies in the plane, 0 to 1.
    #[must_use]
    pub fn in_plane(&self) -> f64 {
        self.explained.iter().take(2).sum()
    }

    /// Where another vector of as many parameters lies.
    #[must_use]
    pub fn project(&self, vector: &[f32]) -> Projected {
        let centred: Vec<f64> = vector.iter().zip(&self.mean).map(|(number, mean)| f64::from(*number) - mean).collect();
        let place = self.axes.each_ref().map(|axis| product(&centred, axis));
        let rest = centred.iter().zip(self.axes[0].iter().zip(&self.axes[1]));
        let rest = rest.map(|(number, (u, v))| number - place[0] * u - place[1] * v);
        Projected { place, distance: rest.map(|number| number * number).sum::<f64>().sqrt() }
    }

    /// The same plane, turned or reflected within itself.
    #[must_use]
    pub fn turned(mut self, turn: Turn) -> Self {
        self.places.iter_mut().for_each(|place| *place = turn.of(*place));
        let [u, v] = &mut self.axes;
        u.iter_mut().zip(v).for_each(|(u, v)| [*u, *v] = turn.of([*u, *v]));
        self
    }
}

/// A rotation of the plane about the origin, or a reflection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    cosine: f64,
    sine: f64,
    /// y changes its sign before the rotation.
    reflects: bool,
}

impl Turn {
    /// The one that brings the first place of all pairs nearest to the second one: least squares (Schönemann 1966).
    #[must_use]
    pub fn onto(pairs: impl Iterator<Item = ([f64; 2], [f64; 2])>) -> Self {
        let mut sums = [0.0; 4];
        for ([x, y], [to_x, to_y]) in pairs {
            for (sum, term) in sums.iter_mut().zip([x * to_x, x * to_y, y * to_x, y * to_y]) {
                *sum += term;
            }
        }
        let [xx, xy, yx, yy] = sums;
        let (rotation, reflection) = ([xx + yy, xy - yx], [xx - yy, xy + yx]);
        let [of_rotation, of_reflection] =
            [rotation, reflection].map(|[cosine, sine]: [f64; 2]| (cosine * cosine + sine * sine).sqrt());
        let reflects = of_reflection > of_rotation;
        let ([cosine, sine], length) = if reflects { (reflection, of_reflection) } else { (rotation, of_rotation) };
        if length > 0.0 && length.is_finite() {
            Self { cosine: cosine / length, sine: sine / length, reflects }
        } else {
            Self { cosine: 1.0, sine: 0.0, reflects: false }
        }
    }

    /// Where it takes a place.
    #[must_use]
    pub fn of(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let y = if self.reflects { -y } else { y };
        [self.cosine * x - self.sine * y, self.sine * x + self.cosine * y]
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
