// What is trained, and how. Sizes are such that each training takes up to 20 minutes on two cores.
const DEVICES = ["jetson-orin-nano-8g", "rtx-2080-ti"];
const WIDTHS = "channels2=80,channels3=160,channels4=256";
const VGG = `vgg-cifar:stages=4,convolutions1=1,channels1=32,${WIDTHS}`;
const RESNET = `resnet-cifar:stages=4,depth=10,channels1=16,${WIDTHS}`;

/** Half a point on other samples too, with 95 % confidence. */
const HOLDING = ["--drop", "0.5", "--confidence", "0.95"];

const onCifar = (model, further) => {
  const augment = ["--augment", "crop=2,flip"];
  return {
    data: "cifar10",
    model,
    // Two cycles of the learning rate, the second one lower.
    dense: ["--epochs", "8", "--lr", "0.1", "--label-smoothing", "0.1", ...augment],
    further: ["--epochs", further, "--lr", "0.05", "--label-smoothing", "0.1", ...augment],
    mechanisms: ["multires:share=0.06,depth=2"],
    dynamic: ["--only", "coarse", "--epochs", "40", "--lr", "0.2", ...augment],
    calibrate: HOLDING,
    devices: DEVICES,
  };
};
const onFashion = (model) => ({
  data: "fashion-mnist",
  model,
  dense: ["--epochs", "4", "--lr", "0.1", "--label-smoothing", "0.1", "--augment", "flip"],
  mechanisms: ["multires:share=0.04,depth=2"],
  dynamic: ["--only", "coarse", "--epochs", "12", "--lr", "0.2", "--augment", "flip"],
  calibrate: HOLDING,
  devices: DEVICES,
});

export const RECIPES = {
  "cifar10-vgg": onCifar(VGG, "4"),
  "cifar10-resnet": onCifar(RESNET, "7"),
  "fashion-vgg": onFashion(VGG),
  "fashion-resnet": onFashion(RESNET),
  /** A minute on the images that come along; its figures say nothing. */
  tiny: {
    data: "fashion-mnist-tiny",
    model: "vgg-cifar:width=0.25",
    dense: ["--epochs", "3", "--batch", "50"],
    further: ["--epochs", "1", "--batch", "50", "--lr", "0.05"],
    mechanisms: ["multires:share=0.3,depth=1"],
    dynamic: ["--only", "coarse", "--epochs", "3", "--batch", "50", "--lr", "0.05"],
    calibrate: ["--drop", "2"],
    devices: ["rtx-2080-ti"],
  },
};
