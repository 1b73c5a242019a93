import { interfaceNames } from "./interface-state.ts";

/** Why a live capture cannot start: one line for the user, and the exit code it stands for. */
export class CaptureError extends Error {
  /** 77 no permission, 2 a wrong interface or filter, 1 anything else. */
  readonly exitCode: 1 | 2 | 77;

  constructor(message: string, exitCode: 1 | 2 | 77) {
    super(message);
    this.name = "CaptureError";
    this.exitCode = exitCode;
  }
}

/** What libpcap or tcpdump said when it did not open `interfaceName`, as a line with a cure. */
export function openingError(
  interfaceName: string,
  message: string,
  backend: "pcap" | "tcpdump",
): CaptureError {
  if (/permi|CAP_NET/i.test(message)) return permissionError(interfaceName, backend);
  if (/no such device|doesn't exist|no such interface/i.test(message)) {
    return new CaptureError(
      `${interfaceName}: no such interface; there are: ${interfaceNames().join(", ")}`,
      2,
    );
  }
  if (/not up|network is down|is down/i.test(message)) {
    return new CaptureError(
      `${interfaceName}: the interface is down (ip link set ${interfaceName} up)`,
      1,
    );
  }
  return new CaptureError(`${interfaceName}: cannot capture: ${oneLine(message)}`, 1);
}

export function filterError(filter: string, message: string): CaptureError {
  return new CaptureError(
    `bad filter ${JSON.stringify(filter)}: ${oneLine(message.replace(/^.*filter expression: /, ""))} (the syntax is in man pcap-filter)`,
    2,
  );
}

function permissionError(interfaceName: string, backend: "pcap" | "tcpdump"): CaptureError {
  const cure =
    backend === "pcap"
      ? 'run it with sudo, allow node once with: sudo setcap cap_net_raw,cap_net_admin=eip "$(readlink -f "$(command -v node)")", or use --capture tcpdump with a tcpdump that may capture'
      : 'run it with sudo, or allow tcpdump once with: sudo setcap cap_net_raw,cap_net_admin=eip "$(readlink -f "$(command -v tcpdump)")"';
  return new CaptureError(`${interfaceName}: no permission to capture: ${cure}`, 77);
}

function oneLine(message: string): string {
  return message.trim().replaceAll(/\s+/g, " ");
}
