// node render.mjs OUT QSCALE CRF X264_PRESET   (public/ holds scene.json and the PNGs)
import {bundle} from '@remotion/bundler';
import {renderMedia, selectComposition} from '@remotion/renderer';
import {readFileSync} from 'node:fs';
import {cpus} from 'node:os';
import path from 'node:path';

const [out, qscale, crf, preset] = process.argv.slice(2);
const scene = JSON.parse(readFileSync('public/scene.json', 'utf8'));
const browserExecutable = process.env.CHROMIUM ?? '/usr/bin/chromium';
const serveUrl = await bundle({entryPoint: path.resolve('src/index.jsx'), publicDir: path.resolve('public')});

// The quantiser goes before the name of the output, which is the last argument.
const quantiser = ({type, args}) =>
  type === 'stitcher' || args.includes('prores_ks') ? [...args.slice(0, -1), '-qscale:v', qscale, args.at(-1)] : args;

const master = {codec: 'prores', proResProfile: '4444', imageFormat: 'png', pixelFormat: 'yuva444p10le', ffmpegOverride: quantiser};
const preview = {codec: 'h264', imageFormat: 'jpeg', crf: Number(crf), x264Preset: preset};
const jobs = [...scene.layers.map((row, index) => [`layer-${index}`, `${row.name}.mov`, master]), ['composite', 'composite.mp4', preview]];

for (const [id, file, options] of jobs) {
  const shared = {serveUrl, browserExecutable, chromeMode: 'chrome-for-testing', logLevel: 'error'};
  const composition = await selectComposition({...shared, id});
  await renderMedia({
    ...shared, ...options, composition, outputLocation: path.join(out, file), concurrency: cpus().length,
    colorSpace: 'bt709', muted: true, overwrite: true,
  });
}
process.exit(0);
