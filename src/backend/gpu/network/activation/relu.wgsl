// max(z, 0), written so that NaN passes.

fn activate(z: vec4<f32>) -> Unit {
    let negative = z < vec4<f32>();
    return Unit(select(z, vec4<f32>(), negative), select(vec4<f32>(1.0), vec4<f32>(), negative), vec4<f32>());
}
