// sin and cos as in src/simd/math.rs, by the same approximation: the built-in promises less.

fn activate(z: vec4<f32>) -> Unit {
    // z = k·π + r, with r in [−π/2, π/2].
    let k = round(z * 0.31830987);
    let r = ((z - k * 3.140625) - k * 9.675026e-4) - k * 1.509958e-7;
    let t = r * r;
    let sine = r + (r * t) * (((2.6055902e-6 * t - 1.9809521e-4) * t + 8.333066e-3) * t - 1.666666e-1);
    let cosine =
        (1.0 - 0.5 * t) + (t * t) * (((-2.6192134e-7 * t + 2.4769224e-5) * t - 1.3888568e-3) * t + 4.1666657e-2);
    let sign = 1.0 - 2.0 * (k - 2.0 * floor(0.5 * k));
    return Unit(sign * sine, sign * cosine, -(sign * sine));
}
