use super::{bits, numbers, scale, sum};
use crate::case::{Answer, Case};
use crate::dual::Dual;
use crate::inputs::Random;

pub fn value(case: &Case, p: &[Dual]) -> Option<Dual> {
    let n = p.len() as f64;
    let margin = case.options.number("margin", 1.0);
    let mean = |term: &dyn Fn(Dual, f64) -> Dual| sum(case, p, term) / n;
    let shortfall = |p: Dual, t: f64| (margin - t * p).max(0.0);
    let others = || (0..p.len()).filter(|&class| class != case.class());
    Some(match case.loss.as_str() {
        "hinge" => mean(&shortfall),
        "squared_hinge" => mean(&|p, t| shortfall(p, t).square()),
        "soft_margin" => mean(&|p, t| (-t * p).softplus()),
        "multi_margin" => {
            let power = case.options.number("p", 1.0);
            let lead = |class: usize| p[case.class()] - p[class];
            others().map(|class| (margin - lead(class)).max(0.0).pow(power)).sum::<Dual>() / n
        }
        "multilabel_margin" => {
            let labels = || p.iter().zip(case.values());
            let one = |x: Dual| -> Dual {
                let absent = labels().filter(|&(_, t)| t == 0.0);
                absent.map(|(&other, _)| (1.0 - (x - other)).max(0.0)).sum()
            };
            labels().filter(|&(_, t)| t == 1.0).map(|(&x, _)| one(x)).sum::<Dual>() / n
        }
        "multilabel_soft_margin" => mean(&|z, t| t * (-z).softplus() + (1.0 - t) * z.softplus()),
        "hinge_embedding" => mean(&|d, t| if t == 1.0 { d } else { (margin - d).max(0.0) }),
        "categorical_hinge" => {
            // Keras: the largest of (1 − one_hot)·x.
            let rival = others().map(|class| p[class]).fold(Dual::default(), Dual::max);
            (1.0 + rival - p[case.class()]).max(0.0)
        }
        _ => return None,
    })
}

pub fn random(loss: &str, n: usize, random: &mut Random) -> Option<Case> {
    let scale = scale(random);
    let margin = scale * random.between(0.5, 2.0);
    let apart = |random: &mut Random, kinks: &[f32]| apart(scale, random, kinks);
    let label = random.bits() as usize % n;
    let class = Answer::Class(label as u32);
    Some(match loss {
        "hinge" => {
            let target = bits(n, random, -1.0);
            let prediction =
                target.iter().map(|target| target * apart(random, &[margin])).collect();
            Case::new(loss, prediction, Answer::Values(target)).with("margin", margin)
        }
        "squared_hinge" => {
            let target = Answer::Values(bits(n, random, -1.0));
            Case::new(loss, numbers(n, random, -scale, scale), target).with("margin", margin)
        }
        "soft_margin" => {
            let target = Answer::Values(bits(n, random, -1.0));
            Case::new(loss, numbers(n, random, -scale, scale), target)
        }
        "multi_margin" => {
            let wanted = random.between(-scale, scale);
            let prediction = (0..n).map(|class| match class {
                class if class == label => wanted,
                _ => wanted + apart(random, &[-margin]),
            });
            let case = Case::new(loss, prediction.collect(), class).with("margin", margin);
            case.with("p", 1 + random.bits() % 2)
        }
        "multilabel_margin" => {
            let target = bits(n, random, 0.0);
            // In steps of ⅛ from each other, and those that apply aside: no lead is 1.
            let score = |target: &f32| ((random.bits() % 64) as f32 - 32.0 + target * 0.5) / 8.0;
            let prediction = target.iter().map(score).collect();
            Case::new(loss, prediction, Answer::Values(target))
        }
        "multilabel_soft_margin" => {
            let target = Answer::Values(bits(n, random, 0.0));
            Case::new(loss, numbers(n, random, -scale, scale), target)
        }
        "hinge_embedding" => {
            let target = Answer::Values(bits(n, random, -1.0));
            let prediction = (0..n).map(|_| apart(random, &[margin, -margin]).abs()).collect();
            Case::new(loss, prediction, target).with("margin", margin)
        }
        "categorical_hinge" => {
            // Different scores of other classes, none of them 0 …
            let first = random.bits() as usize % n;
            let mut prediction: Vec<f32> =
                (0..n).map(|class| ((class + first) % n) as f32 / 8.0 + 0.0625 - 4.0).collect();
            // … and a label that does not lead the largest, or 0, by 1.
            let others = prediction.iter().enumerate().filter(|&(class, _)| class != label);
            let rival = others.map(|(_, &x)| x).fold(0.0, f32::max);
            prediction[label] = rival + self::apart(1.0, random, &[1.0]);
            Case::new(loss, prediction, class)
        }
        _ => return None,
    })
}

/// Returns a number of some size, no closer to the kinks than is rounded.
fn apart(scale: f32, random: &mut Random, kinks: &[f32]) -> f32 {
    loop {
        let number = random.between(-4.0 * scale, 4.0 * scale);
        if kinks.iter().all(|kink| (number - kink).abs() > 1e-4 * scale) {
            return number;
        }
    }
}
