//! What people type is read as they mean it, and whatever the page writes is read back.

use std::f64::consts::{PI, TAU};

use proptest::prelude::*;

use super::read::{Kind, Unreadable, read};
use super::write;
use crate::app::formatting;
use crate::i18n::Locale;

fn all_read(kind: Kind, cases: &[(&str, f64)]) {
    for (text, value) in cases {
        assert_eq!(read(text, kind), Ok(*value), "{text:?} as {kind:?}");
    }
}

#[test]
fn counts_are_read_with_thousands_of_every_kind() {
    let thousands = [
        "30000",
        "30,000",
        "30 000",
        "30\u{a0}000",
        "30\u{202f}000",
        "30_000",
        "30'000",
        "30’000",
        "30.000",
        "３００００",
        "３０，０００",
        "30，000",
        "3e4",
        "3×10⁴",
        "3 * 10^4",
        "30000.0",
        "30000,0",
        "30,000.00",
        "30.000,00",
        "+30000",
        "10**4*3",
        " 30 000 ",
    ];
    for text in thousands {
        all_read(Kind::Count, &[(text, 30_000.0)]);
    }
    all_read(
        Kind::Count,
        &[("1,000", 1000.0), ("1.000", 1000.0), ("1,000,000", 1e6), ("1e3", 1000.0), ("5.0", 5.0), ("2^10", 1024.0)],
    );
    all_read(
        Kind::Count,
        &[("0", 0.0), ("-3", -3.0), ("9007199254740991", 9_007_199_254_740_991.0), ("1.5e3", 1500.0)],
    );
    for text in ["1.5", "1,5", "0.125", "3,0000", "30,00,0", "1/3", "2π", "50%", "1 2", "30,000,00", "1,000.5", "0,001"]
    {
        assert_eq!(read(text, Kind::Count), Err(Unreadable::NotANumber), "{text}");
    }
    assert_eq!(read("1,234e3", Kind::Count), Err(Unreadable::Ambiguous([1_234_000.0, 1234.0])), "not written out");
}

#[test]
fn real_numbers_are_read_by_every_convention() {
    all_read(
        Kind::Real,
        &[
            ("0.02", 0.02),
            ("0,02", 0.02),
            ("０．０２", 0.02),
            ("０，０２", 0.02),
            ("0。02", 0.02),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e-3", 0.001),
            ("1E-3", 0.001),
            ("1,5e−3", 0.0015),
            ("10⁻³", 0.001),
            ("10^-3", 0.001),
            ("1.23 × 10⁻⁴", 1.23e-4),
            ("1.23·10^-4", 1.23e-4),
            ("2π", TAU),
            ("２π", TAU),
            ("2 pi", TAU),
            ("2*pi", TAU),
            ("2 × π", TAU),
            ("pi", PI),
            ("π", PI),
            ("−π/2", -PI / 2.0),
            ("3π/2", 3.0 * PI / 2.0),
            ("π^2", PI * PI),
            ("1/50", 0.02),
            ("１／５０", 0.02),
            ("1/50*10^2", 2.0),
            ("2 %", 0.02),
            ("2％", 0.02),
            ("99.9%", 0.999),
            ("−0.5", -0.5),
            ("-0", 0.0),
            ("1,234.5", 1234.5),
            ("1.234,5", 1234.5),
            ("1 234,5", 1234.5),
            ("1,234,567", 1_234_567.0),
            ("1.234.567", 1_234_567.0),
            ("1.234", 1.234),
            ("0,020", 0.02),
            ("1,2345", 1.2345),
            ("1\u{202f}000", 1000.0),
        ],
    );
}

#[test]
fn what_can_be_read_in_two_ways_is_not_guessed() {
    for (text, readings) in [
        ("1,000", [1000.0, 1.0]),
        ("30,000", [30_000.0, 30.0]),
        ("-12,345", [-12_345.0, -12.345]),
        ("１，５００", [1500.0, 1.5]),
        ("1,500/2", [750.0, 0.75]),
    ] {
        assert_eq!(read(text, Kind::Real), Err(Unreadable::Ambiguous(readings)), "{text}");
    }
    assert_eq!(read("1,000 s", Kind::Seconds), Err(Unreadable::Ambiguous([1000.0, 1.0])));
}

#[test]
fn what_is_no_number_is_refused() {
    let nonsense = [
        "",
        " ",
        "-",
        "+",
        ".",
        ",",
        "e",
        "e5",
        "1e",
        "two",
        "1..2",
        "1,,000",
        "1 0000",
        "1_0000",
        "1__000",
        "NaN",
        "inf",
        "1e999",
        "1e-999",
        "1/0",
        "0/0",
        "1/",
        "*2",
        "2**",
        "10^",
        "--1",
        "1-2",
        "5 s",
        "%",
        "0x10",
        "1\u{0}",
        "12:30",
        "1,00,000",
        "1 000,000.5",
        "0,000,001",
        "٣",
        "½",
    ];
    for text in nonsense {
        assert_eq!(read(text, Kind::Real), Err(Unreadable::NotANumber), "{text:?}");
    }
    assert_eq!(read(&"1".repeat(10_000_000), Kind::Real), Err(Unreadable::NotANumber));
}

#[test]
fn seconds_are_read_with_units_or_without() {
    all_read(
        Kind::Seconds,
        &[
            ("90", 90.0),
            ("1.5", 1.5),
            ("8 s", 8.0),
            ("1.50 s", 1.5),
            ("1e3 s", 1000.0),
            ("2 min 5 s", 125.0),
            ("2min", 120.0),
            ("1 h 12 min", 4320.0),
            ("1/2 h", 1800.0),
            ("2 分 5 秒", 125.0),
            ("１ 小时 12 分", 4320.0),
            ("10 seconds", 10.0),
        ],
    );
    for text in ["5 s 2 min", "5 min 5 min", "5 apples", "s", "2 min 5", "5%"] {
        assert_eq!(read(text, Kind::Seconds), Err(Unreadable::NotANumber), "{text}");
    }
}

/// Numbers of every magnitude, round ones, and those that the page has.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |value| value.is_finite()),
        (-1e7..1e7),
        (-100_000..100_000_i32).prop_map(|value| f64::from(value) / 1000.0),
        (-2_000_000..2_000_000_i32).prop_map(f64::from),
        (-20..20_i32).prop_map(|halves| f64::from(halves) * PI / 2.0),
        (-15..16_i32, 1..10_i32).prop_map(|(power, digit)| f64::from(digit) * 10_f64.powi(power)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn every_count_is_read_back(number in 0..=(1_u64 << 53)) {
        for kind in [Kind::Count, Kind::Real, Kind::Seconds] {
            prop_assert_eq!(read(&write::count(number), kind), Ok(number as f64));
            prop_assert_eq!(read(&write::typed(number as f64), kind), Ok(number as f64));
        }
    }

    #[test]
    fn every_chosen_number_is_read_back(value in any_number()) {
        for kind in [Kind::Real, Kind::Seconds] {
            for text in [write::exact(value), write::typed(value)] {
                prop_assert_eq!(read(&text, kind), Ok(value), "{}", text);
            }
        }
    }

    /// A rounded number means what it shows: written again, it is the same text. The largest of all are rounded up to what
    /// no f64 holds.
    #[test]
    fn every_rounded_number_is_read_back(value in any_number(), decimals in 0..6_usize) {
        prop_assume!(value.abs() < 1e308);
        let writers: [&dyn Fn(f64) -> String; 5] = [
            &|value| write::fixed(value, decimals),
            &|value| write::decimal(value, decimals),
            &write::significant,
            &write::tick,
            &formatting::error,
        ];
        for write in writers {
            let text = write(value);
            let read = read(&text, Kind::Real);
            prop_assert_eq!(read.map(write), Ok(text));
        }
    }

    #[test]
    fn every_duration_is_read_back(seconds in 0.0..1e6_f64) {
        for &locale in Locale::ALL {
            let text = formatting::duration(locale, seconds);
            let read = read(&text, Kind::Seconds);
            prop_assert!(read.is_ok_and(|value| formatting::duration(locale, value) == text), "{text}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,30}", kind in prop_oneof![Just(Kind::Count), Just(Kind::Real), Just(Kind::Seconds)]) {
        if let Ok(value) = read(&text, kind) {
            prop_assert!(value.is_finite() && (kind != Kind::Count || value.fract() == 0.0));
        }
    }

    /// A number is never read a thousand times smaller than it is by any convention.
    #[test]
    fn a_count_with_thousands_is_never_read_smaller(number in 1000..2_000_000_000_u64) {
        for separator in [",", ".", " ", "'", "_", "\u{a0}", "，"] {
            let text = write::count(number).replace(write::THOUSANDS, separator);
            prop_assert_eq!(read(&text, Kind::Count), Ok(number as f64));
            let real = read(&text, Kind::Real);
            match separator {
                "." if number < 1_000_000 => prop_assert_eq!(real, Ok(number as f64 / 1000.0), "as the page writes it"),
                "," | "，" if number < 1_000_000 => prop_assert!(matches!(real, Err(Unreadable::Ambiguous(_)))),
                _ => prop_assert_eq!(real, Ok(number as f64)),
            }
        }
    }
}

#[test]
fn a_chosen_number_in_brief_is_not_another_one() {
    let briefly = [
        (0.0195, "0.0195"),
        (0.021, "0.021"),
        (0.02, "0.02"),
        (0.5, "0.5"),
        (0.9995, "0.9995"),
        (0.00004, "0.00004"),
        (1e-12, "10⁻¹²"),
        (2.2834, "2.28"),
        (0.0, "0"),
        (TAU, "2π"),
    ];
    for (value, text) in briefly {
        assert_eq!(write::brief(value), text);
    }
}
