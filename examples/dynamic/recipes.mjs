// What is trained, and how. Sizes are such that each training takes up to 20 minutes on two cores.
const DEVICES = ["jetson-orin-nano-8g", "rtx-2080-ti"];
const cifar = ["--augment", "crop=2,flip"];
const fashion = ["--augment", "flip"];
const WIDTHS = "channels2=80,channels3=160,channels4=256";
const VGG = `vgg-cifar:stages=4,convolutions1=1,channels1=32,${WIDTHS}`;
const RESNET = `resnet-cifar:stages=4,depth=10,channels1=16,${WIDTHS}`;
const mechanisms = ["multires:share=0.06,depth=2", "exits:at=2,width=32"];
const smooth = ["--lr", "0.1", "--label-smoothing", "0.1"];

const onCifar = (model) => ({
  data: "cifar10",
  model,
  dense: ["--epochs", "8", ...smooth, ...cifar],
  mechanisms,
  early: ["--only", "coarse", "--epochs", "14", "--lr", "0.2", ...cifar],
  dynamic: ["--epochs", "4", "--lr", "0.05", "--distill", "0.5", ...cifar],
  further: ["--epochs", "4", "--lr", "0.05", "--label-smoothing", "0.1", ...cifar],
  drop: 0.3,
  devices: DEVICES,
});
const onFashion = (model) => ({
  data: "fashion-mnist",
  model,
  dense: ["--epochs", "4", ...smooth, ...fashion],
  mechanisms,
  early: ["--only", "coarse", "--epochs", "8", "--lr", "0.2", ...fashion],
  dynamic: ["--epochs", "2", "--lr", "0.05", "--distill", "0.5", ...fashion],
  further: ["--epochs", "2", "--lr", "0.05", "--label-smoothing", "0.1", ...fashion],
  drop: 0.3,
  devices: DEVICES,
});

export const RECIPES = {
  "cifar10-vgg": onCifar(VGG),
  "cifar10-resnet": onCifar(RESNET),
  "fashion-vgg": onFashion(VGG),
  "fashion-resnet": onFashion(RESNET),
  /** A minute on the images that come along; its figures say nothing. */
  tiny: {
    data: "fashion-mnist-tiny",
    model: "vgg-cifar:width=0.25",
    dense: ["--epochs", "3", "--batch", "50"],
    mechanisms: ["multires:share=0.3,depth=1"],
    early: ["--only", "coarse", "--epochs", "2", "--batch", "50", "--lr", "0.05"],
    dynamic: ["--epochs", "3", "--batch", "50", "--lr", "0.05"],
    further: ["--epochs", "3", "--batch", "50", "--lr", "0.05"],
    drop: 2,
    devices: ["rtx-2080-ti"],
  },
};
