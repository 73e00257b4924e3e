import durations from 'google-protobuf/google/protobuf/duration_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';

/** Both have whole seconds, and nanoseconds on top of them. */
interface Time {
  getSeconds(): number;
  getNanos(): number;
}

export function toMs(time: Time): number {
  return time.getSeconds() * 1000 + Math.floor(time.getNanos() / 1_000_000);
}

export function duration(ms: number): durations.Duration {
  return new durations.Duration().setSeconds(Math.floor(ms / 1000)).setNanos((ms % 1000) * 1_000_000);
}

export function timestamp(ms: number): timestamps.Timestamp {
  return new timestamps.Timestamp().setSeconds(Math.floor(ms / 1000)).setNanos((ms % 1000) * 1_000_000);
}
