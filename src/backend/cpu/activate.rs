//! Activations and their derivatives over whole layers.

use std::marker::PhantomData;

use crate::simd::math;
use crate::simd::{Job, SimdVector};

/// Evaluates an expression in which a name stands for the type of an activation.
macro_rules! with_activation {
    ($activation:expr, $name:ident => $result:expr) => {{
        use $crate::backend::cpu::activate;
        use $crate::domain::activation::Activation;

        match $activation {
            Activation::Tanh => activate::with_activation!(@ $name = activate::Tanh, $result),
            Activation::Relu => activate::with_activation!(@ $name = activate::Relu, $result),
            Activation::Sine => activate::with_activation!(@ $name = activate::Sine, $result),
            Activation::Gelu => activate::with_activation!(@ $name = activate::Gelu, $result),
            Activation::Softplus => activate::with_activation!(@ $name = activate::Softplus, $result),
        }
    }};
    (@ $name:ident = $type:ty, $result:expr) => {{
        type $name = $type;
        $result
    }};
}

pub(in crate::backend::cpu) use with_activation;

/// An activation of the hidden units.
///
/// A derivative that cannot be had from the value is kept from the forward pass: [`Activate::KEEPS`] says which.
pub trait Activate {
    /// What the forward pass keeps.
    const KEEPS: Kept;

    /// The activation at z. What is not kept may be left at zero.
    fn at<L: SimdVector>(z: L) -> Unit<L>;

    /// `delta` times the slope, given what is kept.
    #[inline(always)]
    fn backward<L: SimdVector>(delta: L, unit: Unit<L>) -> L {
        delta * unit.slope
    }

    /// The derivative of the slope times `tangent`, a tangent of z, given what is kept.
    #[inline(always)]
    fn second_derivative<L: SimdVector>(tangent: L, unit: Unit<L>) -> L {
        unit.second_derivative * tangent
    }
}

/// What a forward pass keeps for the derivatives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The value alone: both derivatives follow from it.
    Value,
    /// The slope, too; the second derivative follows from the two.
    Slope,
    /// The second derivative, too, in a forward pass for second derivatives.
    SecondDerivative,
}

/// An activation and its derivatives at some z.
#[derive(Clone, Copy)]
pub struct Unit<L> {
    value: L,
    slope: L,
    second_derivative: L,
}

/// The units of a layer after a forward pass, each `[point][unit]`, padded; empty where an activation keeps nothing.
#[derive(Default)]
pub struct Units {
    /// z before [`forward`], the activation after it.
    pub values: Vec<f32>,
    slopes: Vec<f32>,
    second_derivatives: Vec<f32>,
}

/// The functions over whole layers that second derivatives need, of one activation.
#[derive(Clone, Copy)]
pub struct Functions {
    /// [`forward`], which keeps second derivatives.
    pub forward: fn(&mut Units, usize),
    /// [`backward`].
    pub backward: fn(&mut [f32], &Units),
    /// [`second_derivative`].
    pub second_derivative: fn([&mut [f32]; 2], &[f32], &Units),
}

impl Functions {
    /// Those of an activation.
    pub fn of<L: SimdVector, A: Activate>() -> Self {
        Self {
            forward: forward::<L, A, true>,
            backward: backward::<L, A>,
            second_derivative: second_derivative::<L, A>,
        }
    }
}

/// tanh z, with slope 1 − tanh² z.
pub struct Tanh;
/// max(z, 0), with slope 0 or 1.
pub struct Relu;
/// sin z, with slope cos z.
pub struct Sine;
/// z·(1 + tanh(√(2/π)·(z + 0.044715·z³)))/2, the usual form of z·Φ(z) (Hendrycks and Gimpel 2016).
pub struct Gelu;
/// ln(1 + e^z), with slope 1/(1 + e^−z).
pub struct Softplus;

impl<L: SimdVector> Unit<L> {
    /// A value from which both derivatives follow.
    #[inline(always)]
    fn of_value(value: L) -> Self {
        Self::of_slope(value, L::splat(0.0))
    }

    /// A value and a slope from which the second derivative follows.
    #[inline(always)]
    fn of_slope(value: L, slope: L) -> Self {
        Self { value, slope, second_derivative: L::splat(0.0) }
    }
}

impl Activate for Tanh {
    const KEEPS: Kept = Kept::Value;

    #[inline(always)]
    fn at<L: SimdVector>(z: L) -> Unit<L> {
        Unit::of_value(math::tanh(z))
    }

    #[inline(always)]
    fn backward<L: SimdVector>(delta: L, Unit { value, .. }: Unit<L>) -> L {
        delta * (L::splat(1.0) - value * value)
    }

    #[inline(always)]
    fn second_derivative<L: SimdVector>(tangent: L, Unit { value, .. }: Unit<L>) -> L {
        L::splat(-2.0) * value * (L::splat(1.0) - value * value) * tangent
    }
}

impl Activate for Relu {
    const KEEPS: Kept = Kept::Value;

    #[inline(always)]
    fn at<L: SimdVector>(z: L) -> Unit<L> {
        Unit::of_value(L::splat(0.0).pmax(z))
    }

    #[inline(always)]
    fn backward<L: SimdVector>(delta: L, Unit { value, .. }: Unit<L>) -> L {
        let zero = L::splat(0.0);
        zero.where_less(value, delta, zero)
    }

    #[inline(always)]
    fn second_derivative<L: SimdVector>(_tangent: L, _unit: Unit<L>) -> L {
        L::splat(0.0)
    }
}

impl Activate for Sine {
    const KEEPS: Kept = Kept::Slope;

    #[inline(always)]
    fn at<L: SimdVector>(z: L) -> Unit<L> {
        Unit::of_slope(math::sin(z), math::cos(z))
    }

    #[inline(always)]
    fn second_derivative<L: SimdVector>(tangent: L, Unit { value, .. }: Unit<L>) -> L {
        L::splat(0.0) - value * tangent
    }
}

impl Gelu {
    /// 2·√(2/π): the activation is z·s with s = 1/(1 + e^−v) and v = `SCALE`·(z + `CUBIC`·z³), as (1 + tanh u)/2 is
    /// 1/(1 + e^−2u). In this form no digits are lost where s is small.
    const SCALE: f32 = 1.595_769;
    const CUBIC: f32 = 0.044_715;
    /// Beyond this s is 0 or 1 to within 10⁻³⁷, and the square of z may overflow.
    const BOUND: f32 = 10.0;
}

impl Activate for Gelu {
    const KEEPS: Kept = Kept::SecondDerivative;

    #[inline(always)]
    fn at<L: SimdVector>(z: L) -> Unit<L> {
        let one = L::splat(1.0);
        // NaN passes both.
        let bounded = L::splat(-Self::BOUND).pmax(L::splat(Self::BOUND).pmin(z));
        let (scale, square) = (L::splat(Self::SCALE), bounded * bounded);
        let v = scale * (bounded + L::splat(Self::CUBIC) * (square * bounded));
        let (s, s_slope, _) = logistic(v);
        // dv/dz and d²v/dz².
        let v_slope = scale * (one + L::splat(3.0 * Self::CUBIC) * square);
        let v_second = scale * (L::splat(6.0 * Self::CUBIC) * bounded);
        // (z·s)′ = s + z·s′·v′; its derivative is 2·s′·v′ + z·(s″·v′² + s′·v″) with s″ = s′·(1 − 2s).
        let first = s_slope * v_slope;
        let second = first * v_slope * (one - (s + s)) + s_slope * v_second;
        Unit { value: z * s, slope: s + bounded * first, second_derivative: (first + first) + bounded * second }
    }
}

impl Activate for Softplus {
    const KEEPS: Kept = Kept::Slope;

    #[inline(always)]
    fn at<L: SimdVector>(z: L) -> Unit<L> {
        let (slope, _, small) = logistic(z);
        Unit::of_slope(L::splat(0.0).pmax(z) + math::log1p(small), slope)
    }

    #[inline(always)]
    fn second_derivative<L: SimdVector>(tangent: L, Unit { slope, .. }: Unit<L>) -> L {
        slope * (L::splat(1.0) - slope) * tangent
    }
}

/// 1/(1 + e^−z), its derivative, and e^−|z|.
#[inline(always)]
fn logistic<L: SimdVector>(z: L) -> (L, L, L) {
    let one = L::splat(1.0);
    let small = math::exp(z.pmin(L::splat(0.0) - z));
    let quotient = one / (one + small);
    let far = small * quotient;
    (z.where_less(L::splat(0.0), far, quotient), far * quotient, small)
}

/// Replaces z by its activation in the `used` units of a whole layer, padding included, and keeps what the derivatives
/// need; with `TWICE` also what second derivatives need.
pub fn forward<L: SimdVector, A: Activate, const TWICE: bool>(units: &mut Units, used: usize) {
    let Units { values, slopes, second_derivatives } = units;
    let kept = |numbers: &mut Vec<f32>, is_kept: bool| {
        if is_kept && numbers.len() < used {
            numbers.resize(used, 0.0);
        }
    };
    kept(slopes, A::KEEPS != Kept::Value);
    kept(second_derivatives, TWICE && A::KEEPS == Kept::SecondDerivative);
    let values = &mut values[..used];
    L::vectorize(Forward::<A, TWICE> { values, slopes, second_derivatives, activation: PhantomData });
}

struct Forward<'a, A, const TWICE: bool> {
    values: &'a mut [f32],
    slopes: &'a mut [f32],
    second_derivatives: &'a mut [f32],
    activation: PhantomData<A>,
}

impl<A: Activate, const TWICE: bool> Job for Forward<'_, A, TWICE> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        let Self { values, slopes, second_derivatives, .. } = self;
        let keeps_slope = A::KEEPS != Kept::Value;
        let keeps_second = TWICE && A::KEEPS == Kept::SecondDerivative;
        assert!(!keeps_slope || slopes.len() >= values.len());
        assert!(!keeps_second || second_derivatives.len() >= values.len());
        for (number, z) in values.chunks_exact_mut(L::WIDTH).enumerate() {
            let at = number * L::WIDTH;
            // SAFETY: each chunk holds one vector, and what is kept is at least as long as the values.
            unsafe {
                let unit = A::at(L::load(z.as_ptr()));
                unit.value.store(z.as_mut_ptr());
                if keeps_slope {
                    unit.slope.store(slopes.as_mut_ptr().add(at));
                }
                if keeps_second {
                    unit.second_derivative.store(second_derivatives.as_mut_ptr().add(at));
                }
            }
        }
    }
}

impl Units {
    /// Whether what an activation keeps is there for so many units.
    fn hold<A: Activate>(&self, used: usize, second: bool) -> bool {
        self.values.len() >= used
            && (A::KEEPS == Kept::Value || self.slopes.len() >= used)
            && (!second || A::KEEPS != Kept::SecondDerivative || self.second_derivatives.len() >= used)
    }

    /// One vector of units; what is not kept is zero.
    ///
    /// # Safety
    /// The units from `at` on must be [held](Self::hold), with their second derivatives where `second` is asked for.
    #[inline(always)]
    unsafe fn load<L: SimdVector, A: Activate>(&self, at: usize, second: bool) -> Unit<L> {
        // SAFETY: the caller's promise.
        unsafe {
            let mut unit = Unit::of_value(L::load(self.values.as_ptr().add(at)));
            if A::KEEPS != Kept::Value {
                unit.slope = L::load(self.slopes.as_ptr().add(at));
            }
            if second && A::KEEPS == Kept::SecondDerivative {
                unit.second_derivative = L::load(self.second_derivatives.as_ptr().add(at));
            }
            unit
        }
    }
}

/// Multiplies a whole layer's δ by the slopes of its activation.
pub fn backward<L: SimdVector, A: Activate>(delta: &mut [f32], units: &Units) {
    L::vectorize(Backward::<A> { delta, units, activation: PhantomData });
}

struct Backward<'a, A> {
    delta: &'a mut [f32],
    units: &'a Units,
    activation: PhantomData<A>,
}

impl<A: Activate> Job for Backward<'_, A> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        assert!(self.units.hold::<A>(self.delta.len(), false));
        for (number, delta) in self.delta.chunks_exact_mut(L::WIDTH).enumerate() {
            // SAFETY: each chunk holds one vector, and as many units are held.
            unsafe {
                let unit = self.units.load::<L, A>(number * L::WIDTH, false);
                A::backward(L::load(delta.as_ptr()), unit).store(delta.as_mut_ptr());
            }
        }
    }
}

/// For a whole layer, given δ·W and its tangent: turns them into ∂loss/∂z and its tangent, by the slopes of the
/// activation and their derivatives along `z_tangent`, the tangent of z.
pub fn second_derivative<L: SimdVector, A: Activate>(
    [delta, delta_tangent]: [&mut [f32]; 2],
    z_tangent: &[f32],
    units: &Units,
) {
    L::vectorize(SecondDerivative::<A> { delta, delta_tangent, z_tangent, units, activation: PhantomData });
}

struct SecondDerivative<'a, A> {
    delta: &'a mut [f32],
    delta_tangent: &'a mut [f32],
    z_tangent: &'a [f32],
    units: &'a Units,
    activation: PhantomData<A>,
}

impl<A: Activate> Job for SecondDerivative<'_, A> {
    #[inline(always)]
    fn run<L: SimdVector>(self) {
        assert!(self.units.hold::<A>(self.delta.len(), true));
        let deltas = self.delta.chunks_exact_mut(L::WIDTH).zip(self.delta_tangent.chunks_exact_mut(L::WIDTH));
        let vectors = deltas.zip(self.z_tangent.chunks_exact(L::WIDTH));
        for (number, ((delta, delta_tangent), z_tangent)) in vectors.enumerate() {
            // SAFETY: each chunk holds one vector, and as many units are held.
            unsafe {
                let unit = self.units.load::<L, A>(number * L::WIDTH, true);
                let above = L::load(delta.as_ptr());
                let curved = above * A::second_derivative(L::load(z_tangent.as_ptr()), unit);
                (A::backward(L::load(delta_tangent.as_ptr()), unit) + curved).store(delta_tangent.as_mut_ptr());
                A::backward(above, unit).store(delta.as_mut_ptr());
            }
        }
    }
}
