import type { MqttClient } from 'mqtt';

/** The part of the client that its types call private. */
interface Inner {
  _sendPacket(packet: Readonly<Record<string, unknown>>, sent?: () => void, ...rest: unknown[]): void;
}

/**
 * Keeps the client from acknowledging messages of QoS 1 by itself; the function it returns does it. The client
 * takes the next message only when it has sent the acknowledgement of the last, so holding that back where
 * it can be (`customHandleAcks`, `handleMessage`) would mean one message at a time. So it is held back where
 * it is sent: a private method, which is why package.json pins the package's minor version.
 */
export function holdAcks(client: MqttClient): (messageId: number) => void {
  const inner = client as unknown as Inner;
  const send = inner._sendPacket.bind(client);
  inner._sendPacket = (packet, sent, ...rest) => {
    if (packet.cmd === 'puback') sent?.();
    else send(packet, sent, ...rest);
  };
  return (messageId) => {
    send({ cmd: 'puback', messageId, reasonCode: 0 });
  };
}
