import { sentBy } from "../support/wire.ts";
import { Registrar } from "../synthetic/registrar.ts";
import { Call, wholeCall } from "./call.ts";
import { outside, PBX, phone, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "registration-hijack";
const OLD = outside(20);

/** The user's binding is removed by its Contact from `by`, which then binds itself. */
function replaced(scene: Scene, registrar: Registrar, by: typeof OLD, callId: string): void {
  const contact = `<sip:201@${sentBy(OLD)}>`;
  registrar.register(by, "201", { contact, expires: 0, callId });
  scene.wait(0.2);
  registrar.register(by, "201", { callId, cseq: 3 });
  scene.wait(20);
  wholeCall(new Call(scene, PBX, by, { from: "205", to: "201" }), 3);
}

function home(scene: Scene): Registrar {
  const registrar = new Registrar(scene, PBX);
  registrar.register(OLD, "201", { callId: "home-1" });
  registrar.register(phone(5), "205");
  scene.wait(60);
  return registrar;
}

export const TAKEN_BINDINGS: readonly Case[] = [
  {
    name: "removed_by_name_and_taken",
    expect: "alert HIJACK registration removed <=2",
    kind: KIND,
    what: "somebody with a stolen password removes a user's binding by its Contact, binds itself and takes a call; the owner is not seen again",
    make: (scene) => replaced(scene, home(scene), { ...STRANGER, ip: "185.0.2.66" }, "other-7"),
  },
  {
    name: "moved_and_removed_what_it_had",
    expect: "max 3",
    kind: KIND,
    what: "pjsip after a change of its address: unregisters the old Contact from the new one, on its Call-ID, and registers again",
    make: (scene) => replaced(scene, home(scene), { ...OLD, ip: "203.0.114.8" }, "home-1"),
  },
  {
    name: "moved_within_its_network_anew",
    expect: "max 3",
    kind: KIND,
    what: "the same on a Call-ID of its own, but in the same network: the lease has changed",
    make: (scene) => replaced(scene, home(scene), { ...OLD, ip: "198.51.100.21" }, "home-2"),
  },
];
