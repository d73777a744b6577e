const { posPluginSdk } = require("@madang/pos-plugin-sdk");
posPluginSdk.toast.open("안녕하세요");
