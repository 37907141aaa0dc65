// z·(1 + tanh(√(2/π)·(z + 0.044715·z³)))/2, written as z·s with s = 1/(1 + e^−v), as in src/backend/cpu/activate.rs.

fn activate(z: vec4<f32>) -> Unit {
    // Beyond ±10 s is 0 or 1, and the square of z may overflow. NaN passes both selections.
    let upper = select(z, vec4<f32>(10.0), z > vec4<f32>(10.0));
    let bounded = select(upper, vec4<f32>(-10.0), upper < vec4<f32>(-10.0));
    let square = bounded * bounded;
    let s = logistic(1.5957691 * (bounded + 0.044715 * (square * bounded)));
    // dv/dz and d²v/dz².
    let v_slope = 1.5957691 * (1.0 + 0.134145 * square);
    let v_second = 1.5957691 * (0.26829 * bounded);
    // (z·s)′ = s + z·s′·v′; its derivative is 2·s′·v′ + z·(s″·v′² + s′·v″) with s″ = s′·(1 − 2s).
    let first = s.slope * v_slope;
    let second = first * v_slope * (1.0 - (s.value + s.value)) + s.slope * v_second;
    return Unit(z * s.value, s.value + bounded * first, (first + first) + bounded * second);
}
