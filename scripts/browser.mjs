/** Finds a Chromium for the browser tests, or installs one. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const VARIABLES = ['GLASSVISOR_BROWSER', 'CHROME_BIN', 'CHROME_PATH', 'PUPPETEER_EXECUTABLE_PATH'];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const PLACES = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) => {
    const base = process.env[variable];
    return base ? [join(base, 'Google/Chrome/Application/chrome.exe'), join(base, 'Microsoft/Edge/Application/msedge.exe')] : [];
  }),
  linux: ['/usr/lib/chromium/chromium', '/opt/google/chrome/chrome', '/snap/bin/chromium'],
};

/** No browser and no way to get one; the message is for people. */
export class BrowserMissing extends Error {}

/** Path of a Chromium, installed if there was none. Throws BrowserMissing. */
export async function provideBrowser(root) {
  const found = await findBrowser();
  if (found) return found;
  process.stderr.write('No Chromium here: installing one for the browser tests...\n');
  const { id, isUbuntu } = distribution();
  // Ubuntu's package is a stub for snap, which containers lack.
  const installers = isUbuntu || id === '' ? [installByPlaywright, installByApt] : [installByApt, installByPlaywright];
  for (const install of installers) {
    if (!install(root)) continue;
    const installed = await findBrowser();
    if (installed) return installed;
  }
  throw new BrowserMissing(
    'The browser tests need a Chromium and none could be installed. Install Chromium or Chrome, or set GLASSVISOR_BROWSER to its path; ' +
      '`npm test -- --project node` runs the tests that need none.',
  );
}

/** Path of a Chromium that is here already, or undefined. Throws BrowserMissing when a variable names one that is not there. */
export async function findBrowser() {
  for (const variable of VARIABLES) {
    const path = process.env[variable];
    if (!path) continue;
    if (isExecutable(path)) return path;
    throw new BrowserMissing(`${variable} is set to ${path}, which is not an executable file. Correct it or unset it.`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const candidates = [...(await playwrightsOwn()), ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name + suffix)))];
  return [...candidates, ...(PLACES[process.platform] ?? [])].find((path) => isExecutable(path) && !isSnapStub(path));
}

/** Chromium's sandbox refuses to run as root, as in most containers. */
export function browserArguments() {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

async function playwrightsOwn() {
  try {
    const { chromium } = await import('playwright');
    return [chromium.executablePath()];
  } catch {
    return [];
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Ubuntu's /usr/bin/chromium-browser without snap is a shell script that only says so. */
function isSnapStub(path) {
  return path.startsWith('/usr/bin/') && !existsSync('/snap/bin/chromium') && /snap install chromium|\/snap\/bin/.test(readHead(path));
}

function readHead(path) {
  try {
    const bytes = readFileSync(path);
    return bytes.length < 65536 ? bytes.toString('latin1') : '';
  } catch {
    return '';
  }
}

function distribution() {
  if (process.platform !== 'linux') return { id: '', isUbuntu: false };
  const text = readHead('/etc/os-release');
  const id = /^ID="?([^"\n]*)/m.exec(text)?.[1] ?? '';
  return { id, isUbuntu: /^ID(_LIKE)?=.*ubuntu/m.test(text) };
}

function installByApt() {
  if (process.platform !== 'linux' || spawnSync('apt-get', ['--version']).status !== 0) return false;
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (...args) => succeeds([...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  // A stale package list is the usual cause of a failing install, a failing update is often harmless.
  apt('update', '-q');
  return apt('install', '-q', '-y', '--no-install-recommends', 'chromium');
}

function installByPlaywright(root) {
  const cli = resolve(root, 'node_modules/playwright/cli.js');
  if (!existsSync(cli)) return false;
  const install = (...options) => succeeds([process.execPath, cli, 'install', ...options, 'chromium']);
  const mayInstallLibraries = process.platform === 'linux' && process.getuid?.() === 0;
  return (mayInstallLibraries && install('--with-deps')) || install();
}

function succeeds([program, ...args]) {
  return spawnSync(program, args, { stdio: ['ignore', 2, 2] }).status === 0;
}
