// Opens a MusicXML file with the code base of MuseScore 4 and writes it again: node webmscore.cjs FOLDER IN OUT
const fs = require("fs");
const [folder, source, target] = process.argv.slice(2);
const WebMscore = require(require.resolve("webmscore", {paths: [folder]}));
const opened = WebMscore.default || WebMscore;
opened.ready.then(async () => {
    const score = await opened.load("musicxml", new Uint8Array(fs.readFileSync(source)), [], true);
    fs.writeFileSync(target, await score.saveXml());
    score.destroy();
    process.exit(0);
}).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
