// max(z, 0), written so that NaN passes.

struct Unit {
    value: vec4<f32>,
    slope: vec4<f32>,
}

fn activate(z: vec4<f32>) -> Unit {
    let negative = z < vec4<f32>();
    return Unit(select(z, vec4<f32>(), negative), select(vec4<f32>(1.0), vec4<f32>(), negative));
}

/// The derivative of the slope.
fn second_derivative(unit: Unit) -> vec4<f32> {
    return vec4<f32>();
}
