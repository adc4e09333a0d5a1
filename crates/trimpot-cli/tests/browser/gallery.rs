//! A page with every kind of plot, and with names and numbers that are hard to place.

use maud::html;
use trimpot_cli::pages::plot::{
    Axis, DotPlot, Drawing, Image, Images, Landscape, Level, LinePlot, Mask, Matrix, Runs, Series,
};
use trimpot_cli::pages::{Page, Section, figures, scrolled};

/// How many plots it has.
pub const PLOTS: usize = 9;

/// Returns the page.
pub fn page() -> String {
    let plots = [
        dots(),
        dots_of_groups(),
        learning_rates(),
        scattered(),
        bands(),
        precision_recall(),
        matrix(),
        landscape(),
        images(),
    ];
    assert_eq!(plots.len(), PLOTS);
    let drawn = plots.map(|plot| plot.figure(&html! { "A caption with " code { "code" } "." }));
    let table = html! {
        table {
            tr { @for i in 0..30 { th { "column " (i) } } }
            tr { @for i in 0..30 { td { (i * 1000) } } }
        }
    };
    let page = Page {
        title: "Gallery".to_owned(),
        eyebrow: "Every kind of plot".to_owned(),
        heading: "Gallery".to_owned(),
        lead: html! { p { "A " a href="#table" { "wide table" } " is at the end." } },
        search: None,
        sections: vec![
            Section::new("plots", "Plots", figures(&drawn)),
            Section::new("table", "A table", scrolled("A wide table", &table)),
        ],
    };
    page.html()
}

/// Numbers from 0 to 1 that look random.
fn noise(i: usize) -> f64 {
    ((i as f64 * 12.9898).sin().abs() * 43758.5453).fract()
}

fn runs(mean: f64, deviation: f64, count: usize, seed: usize) -> Runs {
    let values = (0..count).map(|i| mean + deviation * (2.0 * noise(seed + i) - 1.0)).collect();
    Runs { values, mean, interval: [mean - 0.4 * deviation, mean + 0.4 * deviation] }
}

fn dots() -> Drawing {
    let names = ["mean squared error", "binary cross-entropy", "categorical cross-entropy"];
    let others = ["a loss whose name is so long that it does not fit into one line of the figure"];
    let level = |(i, name): (usize, &&str)| Level {
        name: (*name).to_owned(),
        groups: vec![runs(0.93 + 0.01 * i as f64, 0.012, 12, 100 * i)],
        reference: [Some(0.85), Some(0.9), Some(0.92)].get(i).copied().flatten(),
    };
    let plot = DotPlot {
        title: "Accuracy by loss".to_owned(),
        axis: Axis::linear("accuracy on test rows"),
        groups: vec!["a run".to_owned()],
        interval: "mean with 95 % interval".to_owned(),
        reference: "folklore".to_owned(),
        levels: names.iter().chain(&others).enumerate().map(level).collect(),
    };
    plot.draw()
}

fn dots_of_groups() -> Drawing {
    let level = |i: usize| Level {
        name: format!("{} hidden layers", i + 1),
        groups: vec![runs(0.999, 0.0005, 10, i), runs(0.95 + 0.01 * i as f64, 0.01, 10, 50 * i)],
        reference: None,
    };
    let plot = DotPlot {
        title: "Accuracy by depth".to_owned(),
        axis: Axis::linear("accuracy"),
        groups: ["training rows", "test rows"].map(str::to_owned).to_vec(),
        interval: "mean with 95 % interval".to_owned(),
        reference: String::new(),
        levels: (0..3).map(level).collect(),
    };
    plot.draw()
}

fn learning_rates() -> Drawing {
    let curve = |i: usize| {
        let points = (-10..=0).map(|e| {
            let rate = 10.0_f64.powf(0.4 * f64::from(e));
            (rate, 1e-3 * 50.0_f64.powf((rate.log10() + 2.0).abs() + 0.1 * i as f64))
        });
        Series::new(&format!("optimizer number {i}"), points.collect())
    };
    let [x, y] = [Axis::logarithmic("learning rate"), Axis::logarithmic("validation loss")];
    LinePlot::new("Loss by learning rate", x, y, (0..9).map(curve).collect()).draw()
}

fn scattered() -> Drawing {
    let points = |seed: usize| {
        let run = move |i: usize| (10.0_f64.powf(-3.0 * noise(seed + i)), 80.0 + 20.0 * noise(i));
        (0..25).map(run).collect()
    };
    let series = ["ReLU", "sigmoid", "tanh", "leaky ReLU", "GELU", "SiLU", "ELU", "softplus"];
    let series = series.iter().enumerate().map(|(i, name)| Series::new(name, points(100 * i)));
    let [x, y] = [Axis::logarithmic("learning rate"), Axis::linear("validation accuracy, %")];
    LinePlot::new("Accuracy by learning rate", x, y, series.collect()).scattered().draw()
}

fn bands() -> Drawing {
    let curve = |name: &str, end: f64| {
        let mean = |epoch: f64| end + (-epoch / 9.0).exp();
        let points = (1..=60).map(|epoch| (f64::from(epoch), mean(epoch.into())));
        let band = points.clone().map(|(x, y)| (x, y - 0.05, y + 0.08));
        Series { name: name.to_owned(), points: points.clone().collect(), band: band.collect() }
    };
    let curves = vec![curve("training", 0.1), curve("held out", 0.2)];
    let [x, y] = [Axis::linear("epoch"), Axis::linear("loss").including(0.0)];
    LinePlot::new("Loss by epoch", x, y, curves).draw()
}

fn precision_recall() -> Drawing {
    let curve = |name: &str, power: i32| {
        let points = (0..=100).map(|i| f64::from(i) / 100.0);
        Series::new(name, points.map(|recall| (recall, 1.0 - 0.98 * recall.powi(power))).collect())
    };
    let curves = vec![curve("cross-entropy", 3), curve("weighted", 4), curve("focal", 6)];
    LinePlot::precision_recall("Precision by recall", curves, 0.02).draw()
}

fn matrix() -> Drawing {
    let names = ["sitting", "standing", "walking", "running", "something else altogether"];
    let count = |i: usize, j: usize| if i == j { 900 } else { (40.0 * noise(7 * i + j)) as u32 };
    let plot = Matrix {
        title: "Confusions".to_owned(),
        class: "activity".to_owned(),
        names: names.map(str::to_owned).to_vec(),
        counts: (0..5).map(|i| (0..5).map(|j| count(i, j)).collect()).collect(),
    };
    plot.draw()
}

fn landscape() -> Drawing {
    let place = |i: usize| i as f64 / 12.0 - 1.0;
    let loss = |x: f64, y: f64| 0.02 + x * x + 3.0 * (y - 0.3 * x * x).powi(2);
    let path = (0..40).map(|i| {
        let rest = (-0.1 * f64::from(i)).exp();
        (0.9 * rest, 0.8 * rest * rest - 0.1 * rest)
    });
    let plot = Landscape {
        title: "Loss around the end of training".to_owned(),
        x: ("first direction".to_owned(), [-1.0, 1.0]),
        y: ("second direction".to_owned(), [-1.0, 1.0]),
        value: Axis::logarithmic("training loss"),
        values: (0..25).map(|y| (0..25).map(|x| loss(place(x), place(y))).collect()).collect(),
        path: path.collect(),
    };
    plot.draw()
}

fn images() -> Drawing {
    let image = |tile: usize| {
        let radius = |i: usize, shift: f64| {
            let (x, y) = ((i % 32) as f64, (i / 32) as f64);
            ((x - 14.0 - shift).powi(2) + (y - 17.0).powi(2)).sqrt()
        };
        let size = 7.0 + tile as f64;
        let pixel =
            |i: usize| (0.9 / (1.0 + (radius(i, 0.0) - size).exp()) + 0.1 * noise(i)) as f32;
        Image {
            name: format!("tile {tile}: Dice 0.9{tile}"),
            width: 32,
            pixels: (0..1024).map(pixel).collect(),
            masks: vec![
                Mask((0..1024).map(|i| radius(i, 0.0) < size).collect()),
                Mask((0..1024).map(|i| radius(i, 1.5) < size - 0.7).collect()),
            ],
        }
    };
    let plot = Images {
        title: "Nuclei".to_owned(),
        masks: ["annotated", "predicted"].map(str::to_owned).to_vec(),
        columns: 3,
        images: (0..6).map(image).collect(),
    };
    plot.draw()
}
