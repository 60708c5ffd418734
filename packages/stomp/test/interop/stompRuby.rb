# Drives the stomp gem against a server: ruby stompRuby.rb <port> <version> <part>. Prints what it sees, a line each.
require 'stomp'
require 'timeout'

PORT = Integer(ARGV[0])
VERSION = ARGV[1]
$stdout.sync = true

# The gem's threads for heart-beats tell each round that they make.
class Rounds
  def initialize
    @rounds = Queue.new
  end

  def on_hbfire(_connection, kind, _details)
    @rounds << kind
  end

  def await
    @rounds.pop
  end
end
ROUNDS = Rounds.new

def connect
  headers = { 'accept-version' => VERSION, 'host' => '/' }
  headers['heart-beat'] = '500,500' unless VERSION == '1.0'
  host = { login: 'kim', passcode: 'C:\\secret', host: '127.0.0.1', port: PORT }
  connection = Stomp::Connection.new(hosts: [host], reliable: false, connect_headers: headers, logger: ROUNDS)
  puts "connected #{connection.connection_frame.headers['version']}"
  connection
end

def acknowledge(connection, message, headers = {}, positive: true)
  id = message.headers[VERSION == '1.2' ? 'ack' : 'message-id']
  named = VERSION == '1.1' ? headers.merge(subscription: '2') : headers
  positive ? connection.ack(id, named) : connection.nack(id, named)
end

def basics(connection)
  connection.subscribe('/topic/a', { 'id' => '1', 'receipt' => 'subscribed' })
  puts "receipt #{connection.receive.headers['receipt-id']}"
  # No backslash where there are escapes: the gem decodes them one after the other, and \\n becomes a line end.
  path = VERSION == '1.0' ? 'C\\temp' : "C:new\ntext"
  connection.publish('/topic/a', "한글 🙂\n\nline", { 'path' => path, 'receipt' => 'sent' })
  message = connection.receive
  puts "message #{message.body.dup.force_encoding('UTF-8').inspect} #{message.headers['path'].inspect}"
  puts "receipt #{connection.receive.headers['receipt-id']}"
  connection.unsubscribe('/topic/a', { 'id' => '1', 'receipt' => 'unsubscribed' })
  puts "receipt #{connection.receive.headers['receipt-id']}"
  return if VERSION == '1.0'

  ROUNDS.await until connection.hbsend_count > 1 && connection.hbrecv_count > 1
  puts 'heart-beats'
end

def acknowledgements(connection)
  connection.subscribe('/queue/work', { 'id' => '2', 'ack' => VERSION == '1.0' ? 'client' : 'client-individual' })
  connection.publish('/queue/work', 'one')
  message = connection.receive
  unless VERSION == '1.0'
    acknowledge(connection, message, positive: false)
    message = connection.receive
    puts "again #{message.body} #{message.headers['redelivered']}"
  end
  acknowledge(connection, message, { 'receipt' => 'acknowledged' })
  puts "receipt #{connection.receive.headers['receipt-id']}"
end

def transactions(connection)
  connection.subscribe('/queue/work', { 'id' => '2' })
  connection.begin('t1')
  connection.publish('/queue/work', 'aborted', { 'transaction' => 't1' })
  connection.abort('t1')
  connection.begin('t2')
  connection.publish('/queue/work', 'committed', { 'transaction' => 't2' })
  connection.commit('t2')
  puts "message #{connection.receive.body}"
end

def errors(connection)
  connection.publish('/nowhere/at/all', 'x', { 'receipt' => 'r' })
  error = connection.receive
  puts "#{error.command} #{error.headers['code']} #{error.headers['receipt-id']}"
end

Timeout.timeout(60) do
  connection = connect
  send(ARGV[2], connection)
  unless ARGV[2] == 'errors'
    connection.disconnect({ 'receipt' => 'bye' })
    puts "disconnected #{connection.disconnect_receipt.headers['receipt-id']}"
  end
end
