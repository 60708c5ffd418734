"""Drives stomp.py against a server: python3 stompPy.py <port> <version> <part>. Prints what it sees, a line each."""
import queue
import sys

import stomp

port, version, part = int(sys.argv[1]), sys.argv[2], sys.argv[3]
kinds = {'1.0': stomp.Connection10, '1.1': stomp.Connection11, '1.2': stomp.Connection12}


class Recorder(stomp.ConnectionListener):
    def __init__(self):
        self.seen = queue.Queue()

    def next(self, kind):
        while True:
            found, frame = self.seen.get(timeout=20)
            if found == kind:
                return frame

    def on_connected(self, frame):
        self.seen.put(('connected', frame))

    def on_message(self, frame):
        self.seen.put(('message', frame))

    def on_receipt(self, frame):
        self.seen.put(('receipt', frame))

    def on_error(self, frame):
        self.seen.put(('error', frame))

    def on_heartbeat(self):
        self.seen.put(('heartbeat', None))

    def on_disconnected(self):
        self.seen.put(('disconnected', None))


def say(*words):
    print(*words, flush=True)


def connect(**options):
    connection = kinds[version]([('127.0.0.1', port)], **options)
    recorder = Recorder()
    connection.set_listener('recorder', recorder)
    connection.connect('kim', 'C:\\secret', wait=True)
    return connection, recorder


def acknowledge(connection, message, positive, **more):
    headers = message.headers
    if version == '1.2':
        (connection.ack if positive else connection.nack)(headers['ack'], **more)
    elif version == '1.1':
        call = connection.ack if positive else connection.nack
        call(headers['message-id'], headers['subscription'], **more)
    else:
        connection.send_frame('ACK', {'message-id': headers['message-id'], **more})


def basics(connection, recorder):
    connection.subscribe('/topic/a', id='1', ack='auto', headers={'receipt': 'subscribed'})
    say('receipt', recorder.next('receipt').headers['receipt-id'])
    headers = {'path': 'C\\temp' if version == '1.0' else 'C:\\new\ntext', 'receipt': 'sent'}
    connection.send('/topic/a', '한글 🙂\n\nline', content_type='text/plain', headers=headers)
    message = recorder.next('message')
    say('message', repr(message.body), repr(message.headers['path']), message.headers['content-type'])
    say('receipt', recorder.next('receipt').headers['receipt-id'])
    connection.unsubscribe(id='1', receipt='unsubscribed') if version != '1.0' else connection.unsubscribe(
        destination='/topic/a', id='1', receipt='unsubscribed')
    say('receipt', recorder.next('receipt').headers['receipt-id'])
    if version != '1.0':
        recorder.next('heartbeat')
        recorder.next('heartbeat')
        say('heart-beats')


def acknowledgements(connection, recorder):
    connection.subscribe('/queue/work', id='2', ack='client-individual' if version != '1.0' else 'client')
    connection.send('/queue/work', 'one')
    message = recorder.next('message')
    if version != '1.0':
        acknowledge(connection, message, False)
        message = recorder.next('message')
        say('again', message.body, message.headers['redelivered'])
    acknowledge(connection, message, True, receipt='acknowledged')
    say('receipt', recorder.next('receipt').headers['receipt-id'])


def transactions(connection, recorder):
    connection.subscribe('/queue/work', id='2', ack='auto')
    connection.begin('t1')
    connection.send('/queue/work', 'aborted', transaction='t1')
    connection.abort('t1')
    connection.begin('t2')
    connection.send('/queue/work', 'committed', transaction='t2')
    connection.commit('t2')
    say('message', recorder.next('message').body)


def errors(connection, recorder):
    connection.send('/nowhere/at/all', 'x', headers={'receipt': 'r'})
    error = recorder.next('error')
    say('error', error.headers['code'], error.headers['receipt-id'])
    recorder.next('disconnected')
    say('disconnected')


parts = {'basics': basics, 'acknowledgements': acknowledgements, 'transactions': transactions, 'errors': errors}
options = {} if version == '1.0' else {'heartbeats': (300, 300)}
connection, recorder = connect(**options)
say('connected', recorder.next('connected').headers['version'])
parts[part](connection, recorder)
if part != 'errors':
    connection.disconnect(receipt='bye')
    recorder.next('disconnected')
    say('disconnected')
