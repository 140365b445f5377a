// What is trained, and how. Sizes are such that each training takes up to 20 minutes on two cores.
const DEVICES = ["jetson-orin-nano-8g", "rtx-2080-ti"];
const cifar = ["--augment", "crop=4,flip"];
const fashion = ["--augment", "flip"];

export const RECIPES = {
  "cifar10-vgg": {
    data: "cifar10",
    model: "vgg-cifar:channels1=48,channels2=96,channels3=192",
    dense: ["--epochs", "8", "--lr", "0.15", ...cifar],
    mechanisms: ["multires:share=0.06,depth=2", "exits:at=2,width=32"],
    dynamic: ["--epochs", "8", "--lr", "0.08", "--distill", "0.5", ...cifar],
    drop: 0.3,
    devices: DEVICES,
  },
  "cifar10-resnet": {
    data: "cifar10",
    model: "resnet-cifar:depth=14,channels1=32,channels2=64,channels3=128",
    dense: ["--epochs", "8", "--lr", "0.2", ...cifar],
    mechanisms: ["multires:share=0.06,depth=2", "exits:at=2,width=32"],
    dynamic: ["--epochs", "8", "--lr", "0.1", "--distill", "0.5", ...cifar],
    drop: 0.3,
    devices: DEVICES,
  },
  "fashion-vgg": {
    data: "fashion-mnist",
    model: "vgg-cifar:channels1=48,channels2=96,channels3=192",
    dense: ["--epochs", "4", "--lr", "0.1", ...fashion],
    mechanisms: ["multires:share=0.06,depth=2", "exits:at=2,width=32"],
    dynamic: ["--epochs", "4", "--lr", "0.06", "--distill", "0.5", ...fashion],
    drop: 0.3,
    devices: DEVICES,
  },
  "fashion-resnet": {
    data: "fashion-mnist",
    model: "resnet-cifar:depth=14,channels1=32,channels2=64,channels3=128",
    dense: ["--epochs", "4", "--lr", "0.1", ...fashion],
    mechanisms: ["multires:share=0.06,depth=2", "exits:at=2,width=32"],
    dynamic: ["--epochs", "4", "--lr", "0.06", "--distill", "0.5", ...fashion],
    drop: 0.3,
    devices: DEVICES,
  },
  /** A minute on the images that come along; its figures say nothing. */
  tiny: {
    data: "fashion-mnist-tiny",
    model: "vgg-cifar:width=0.25",
    dense: ["--epochs", "3", "--batch", "50"],
    mechanisms: ["multires:share=0.3,depth=1"],
    dynamic: ["--epochs", "3", "--batch", "50", "--lr", "0.05"],
    drop: 2,
    devices: ["rtx-2080-ti"],
  },
};
