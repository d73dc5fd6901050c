export type { Fault } from "@tokenflow/conformance/server";
export type { SimulatorControls } from "./control.ts";
export { type Block, readBlocks } from "./examples/blocks.ts";
export { namesModule, type RanExample, type RunExampleOptions, runExample } from "./examples/run-example.ts";
export { type RanReadme, runReadme } from "./examples/run-readme.ts";
export { type SecondOrigin, type SecondOriginOptions, startSecondOrigin } from "./examples/second-origin.ts";
export { OAUTH_CLIENT, type OAuthFake, startOAuthFake } from "./oauth/oauth-fake.ts";
export type { OAuthProfile, OAuthSettings } from "./oauth/profile.ts";
export { OAUTH_PROFILES } from "./oauth/profiles.ts";
export { createRecorder, type Recorder, type RecorderOptions } from "./recordings/recorder.ts";
export type { Finding, RecordedExchange, RecordedService, Recording } from "./recordings/recording.ts";
export { type Difference, type ReplayTarget, replayRecording } from "./recordings/replay.ts";
export { readSentence } from "./recordings/sentence.ts";
export type { Counts, JournalEntry, Kind, ServiceName } from "./server/journal.ts";
export type { GithubApp, ScriptedCall, Settings } from "./server/settings.ts";
export {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "./simulator.ts";
