import type {
  CaseCalls,
  CaseCount,
  CaseList,
  CaseRecord,
  CaseSource,
  CaseStep,
} from "../../detect/cases/case-record.ts";
import { type EveSettings, eveAddress, eveTime } from "../eve/eve-header.ts";
import { cleanText } from "../eve/eve-text.ts";
import { caseAdvice } from "./case-advice.ts";
import { caseStory, caseTitle } from "./case-story.ts";

type Fields = Record<string, unknown>;

/** EVE `case` object; what is empty is left out. */
export function eveCase(record: CaseRecord, settings: EveSettings): Fields {
  const { calls, endUs, forged, macs, merged, mergedInto, reason, startUs } = record;
  const ip = (text: string) => eveAddress(text, settings.ipv6Compress);
  const text = (value: string) => cleanText(value, settings.textMax);
  return {
    id: record.caseId,
    state: record.state,
    ...(reason !== undefined && { reason }),
    ...(mergedInto !== undefined && { merged_into: mergedInto }),
    ...(merged.length > 0 && { merged }),
    sequence: record.sequence,
    start: eveTime(startUs),
    end: eveTime(endUs),
    duration: seconds(endUs - startUs),
    stage: record.stage,
    severity: record.severity,
    ...(record.attack !== "" && { attack: record.attack }),
    title: text(caseTitle(record)),
    story: caseStory(record).map(text),
    advice: caseAdvice(record).map(text),
    alerts: record.alerts,
    matches: record.matches,
    attackers: {
      distinct: record.sourceCount,
      values: record.sources.map((source) => attacker(source, ip, text)),
    },
    ...(forged.length > 0 && { forged: forged.map(ip) }),
    ...(macs.length > 0 && { macs }),
    victims: list(record.victims, ip),
    ...(record.accounts.values.length > 0 && { accounts: list(record.accounts, text) }),
    ...(record.callIds.length > 0 && { call_ids: record.callIds.map(text) }),
    ...(calls !== null && { calls: callsOf(calls, ip, text) }),
    steps: record.steps.map((step) => stepOf(step, ip, text)),
    alert_ids: record.alertIds,
  };
}

type Clean = (value: string) => string;

function attacker({ agent, count, ip, isProven, shared }: CaseSource, address: Clean, text: Clean) {
  return {
    ip: address(ip),
    count,
    return_path: isProven ? "proven" : "unproven",
    ...(shared !== "" && { shared }),
    ...(agent !== "" && { user_agent: text(agent) }),
  };
}

function stepOf(step: CaseStep, ip: Clean, text: Clean): Fields {
  return {
    start: eveTime(step.startUs),
    end: eveTime(step.endUs),
    stage: step.stage,
    severity: step.severity,
    signature_id: step.sid,
    signature: step.msg,
    ...(step.attack !== "" && { attack: step.attack }),
    ...(step.event !== "" && { event: step.event }),
    ...(step.value !== null && { value: step.value }),
    alerts: step.alerts,
    matches: step.matches,
    ...(step.isForged && { spoofed: true }),
    sources: list(step.sources, ip),
    victims: list(step.victims, ip),
    ...(step.accounts.values.length > 0 && { accounts: list(step.accounts, text) }),
    ...(step.numbers.values.length > 0 && { numbers: list(step.numbers, text) }),
    alert_id: step.alertId,
  };
}

function callsOf(calls: CaseCalls, ip: Clean, text: Clean): Fields {
  return {
    answered: calls.answered,
    ended: calls.ended,
    at_once: calls.atOnce,
    duration: seconds(calls.durationUs),
    ...(calls.cost !== null && { cost: { ...calls.cost } }),
    sources: counts(calls.sources, ip),
    accounts: counts(calls.accounts, text),
    list: calls.list.map((call) => ({
      time: eveTime(call.timeUs),
      call_id: text(call.callId),
      account: text(call.account),
      src_ip: ip(call.ip),
      number: text(call.number),
      ...(call.place !== "" && { place: text(call.place) }),
      ...(call.durationUs > 0 && { duration: seconds(call.durationUs) }),
      ...(call.cost !== null && { cost: call.cost }),
    })),
  };
}

function list({ distinct, values }: CaseList, clean: Clean): Fields {
  return { distinct, values: counts(values, clean) };
}

function counts(values: readonly CaseCount[], clean: Clean): Fields[] {
  return values.map(({ text, count }) => ({ value: clean(text), count }));
}

function seconds(us: number): number {
  return Math.max(0, us) / 1e6;
}
