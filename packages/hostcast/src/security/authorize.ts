import type { Access } from '@hostcast/stomp';

/**
 * Who may do what: everybody may subscribe to what hostcast publishes, nobody may send to it. Whoever reaches
 * the socket may look; what they see comes from the store alone.
 */
export function authorize({ command, destination }: Access): boolean {
  return command === 'SUBSCRIBE' && destination.startsWith('/topic/');
}
