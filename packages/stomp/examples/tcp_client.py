"""Sends one measurement and prints what comes back: python3 tcp_client.py <port>. Needs stomp.py."""
import sys
import threading

import stomp

arrived = threading.Event()


class Printer(stomp.ConnectionListener):
    def on_message(self, frame):
        print(frame.headers['destination'], frame.headers['from'], frame.body, flush=True)
        arrived.set()


connection = stomp.Connection12([('127.0.0.1', int(sys.argv[1]))])
connection.set_listener('printer', Printer())
connection.connect('kim', 'secret', wait=True)
connection.subscribe('/topic/measurements', id='1')
connection.send('/app/measurements', 'temperature 21.5')
if not arrived.wait(20):
    sys.exit('nothing came back')
connection.disconnect()
