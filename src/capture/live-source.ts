import { type LiveOptions, type LiveSource, liveSettings } from "./live-capture.ts";
import { isPcapBuilt, pcapCure } from "./pcap-session.ts";
import { PcapSource } from "./pcap-source.ts";
import { TcpdumpSource } from "./tcpdump-source.ts";

/**
 * Frames of an interface. Nothing is opened before `run`, which rejects with `CaptureError` when the
 * capture cannot start: no permission, no such interface, a bad filter, a backend that is not there.
 */
export function openLive(options: LiveOptions): LiveSource {
  const settings = liveSettings(options);
  const backend = options.backend ?? "auto";
  if (backend === "tcpdump") return new TcpdumpSource(settings);
  if (backend === "auto" && !isPcapBuilt()) {
    settings.onNotice(
      `the pcap module is not built, so tcpdump captures (to build it: ${pcapCure()})`,
    );
    return new TcpdumpSource(settings);
  }
  return new PcapSource(settings);
}
