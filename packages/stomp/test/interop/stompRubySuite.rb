# What the suite of the stomp gem asks of a server, told again under the names of its cases; the gem as it is packaged
# carries no tests. ruby stompRubySuite.rb <port> <version> <anonymous|guest>: a line per case, `ok` or `FAILED`.
require 'stomp'
require 'timeout'

PORT = Integer(ARGV[0])
VERSION = ARGV[1]
LOGIN = ARGV[2] == 'guest' ? { login: 'guest', passcode: 'guest' } : {}
$stdout.sync = true
Thread.report_on_exception = false

def options(more = {})
  headers = { 'accept-version' => VERSION, 'host' => '/' }.merge(more)
  host = LOGIN.merge(host: '127.0.0.1', port: PORT, ssl: false)
  { hosts: [host], reliable: false, connect_headers: headers }
end

def check(isTrue, what)
  raise "not so: #{what}" unless isTrue
end

def equal(got, wanted)
  raise "#{got.inspect} is not #{wanted.inspect}" unless got == wanted
end

def wait
  Timeout.timeout(5) { sleep 0.01 until yield }
end

def kase(name, opened)
  Timeout.timeout(15) { yield opened.call, "/queue/test/ruby/stomp/#{name}" }
  puts "ok #{name}"
rescue StandardError, Timeout::Error => e
  puts "FAILED #{name}: #{e.class} #{e.message} #{e.backtrace.first}"
end

# A thread that was ended while it read may keep the gem's lock: the end of the process ends the connection too.
def leave(&block)
  Timeout.timeout(2, &block)
rescue StandardError, Timeout::Error
  nil
end

def with_connection(name, more = {})
  connection = nil
  kase(name, -> { connection = Stomp::Connection.open(options(more)) }) { |*given| yield(*given) }
ensure
  leave { connection.disconnect if connection&.open? }
end

def with_client(name)
  client = nil
  kase(name, -> { client = Stomp::Client.new(options) }) { |*given| yield(*given) }
ensure
  leave { client.close if client&.open? }
end

def with_id(connection, more = {})
  VERSION == '1.0' ? more : { id: connection.uuid }.merge(more)
end

def no_error(connection)
  message = connection.poll
  check(message.nil? || message.command != 'ERROR', 'no ERROR')
end

# One message there and back.
def echoed(connection, queue, body, headers = {})
  connection.publish(queue, body, headers)
  connection.receive
end

def ack_id(message)
  message.headers[VERSION == '1.2' ? 'ack' : 'message-id']
end

def ack_headers(message, more = {})
  VERSION == '1.1' ? more.merge(subscription: message.headers['subscription']) : more
end

with_connection('test_connection_exists') { |c| check(c.open?, 'open') }
with_connection('test_connection_frame') { |c| equal(c.connection_frame.command, 'CONNECTED') }
with_connection('test_connection_open?') do |c|
  c.disconnect
  equal(c.open?, false)
end
with_connection('test_connection_closed?') do |c|
  c.disconnect
  equal(c.closed?, true)
end
with_connection('test_poll_async') do |c|
  c.subscribe('/queue/do.not.put.messages.on.this.queue', id: 'a.no.messages.queue')
  equal(c.poll, nil)
end
with_connection('test_explicit_receive') do |c, q|
  c.subscribe(q, with_id(c))
  equal(echoed(c, q, 'explicit').body, 'explicit')
end
with_connection('test_receipt') do |c, q|
  c.subscribe(q, with_id(c, receipt: 'abc'))
  equal(c.receive.headers['receipt-id'], 'abc')
  no_error(c)
end
with_connection('test_disconnect_receipt') do |c|
  c.disconnect(receipt: 'abc123')
  equal(c.disconnect_receipt.headers['receipt-id'], 'abc123')
end
with_connection("test_client_ack_with_symbol_#{VERSION.delete('.')}") do |c, q|
  c.subscribe(q, with_id(c, ack: :client))
  message = echoed(c, q, 'acknowledge me')
  c.ack(ack_id(message), ack_headers(message))
  no_error(c)
end
{
  'test_embedded_null' => ["a\0"],
  'test_response_is_instance_of_message_class' => ["a\0"],
  'test_messages_with_multipleLine_ends' => ["a\n\n", "b\n\na\n\n"],
  'test_publish_two_messages' => ["a\0", "b\0"],
  'test_0010_kcode' => ['normal text message', "bad byte: \372".b, "\004\b{\f:\tbody\"\001\207\004\b:\016\000x".b],
  'test_0020_kcode' => [(0..255).to_a.pack('C*')],
  'test_0030_kcode' => (0..255).map { |octet| [octet].pack('C') },
}.each do |name, bodies|
  with_connection(name) do |c, q|
    c.subscribe(q, with_id(c))
    bodies.each { |body| c.publish(q, body) }
    bodies.each do |body|
      message = c.receive
      check(message.is_a?(Stomp::Message), 'a Stomp::Message')
      equal(message.body.b, body.b)
    end
    no_error(c)
  end
end
with_connection('test_no_length') do |c, q|
  c.subscribe(q, with_id(c))
  equal(echoed(c, q, 'no length', suppress_content_length: true).body, 'no length')
end
with_connection('test_nil_body') do |c, q|
  c.publish(q, nil)
  c.subscribe(q, with_id(c))
  equal(c.receive.body, '')
end
with_connection('test_transaction') do |c, q|
  c.subscribe(q, with_id(c))
  c.begin('txA')
  c.publish(q, 'txn message', 'transaction' => 'txA')
  equal(echoed(c, q, 'first message').body, 'first message')
  c.commit('txA')
  equal(c.receive.body, 'txn message')
end
{ 'test_thread_hang_one' => :receive, 'test_thread_poll_one' => :poll }.each do |name, how|
  with_connection(name) do |c, q|
    received = nil
    thread = Thread.new { sleep 0.01 until (received = c.send(how)) }
    c.subscribe(q, with_id(c))
    c.publish(q, 'for the thread')
    wait { received }
    thread.join
    equal(received.body, 'for the thread')
  end
end
{ 'test_multi_thread_receive' => :receive, 'test_multi_thread_poll' => :poll }.each do |name, how|
  with_connection(name) do |c, q|
    got = Queue.new
    threads = Array.new(20) { Thread.new { loop { (m = c.send(how)) ? got << m : sleep(0.02) } } }
    c.subscribe(q, with_id(c))
    100.times { |index| c.publish(q, "message #{index}") }
    wait { got.size == 100 }
    threads.each(&:kill)
    equal(got.size, 100)
  end
end
with_connection('test_nil_connparms') do |c|
  c.disconnect
  Stomp::Connection.open(LOGIN[:login], LOGIN[:passcode], '127.0.0.1', PORT, false, 5, nil).disconnect
end
with_connection('test_conn10_simple') do |c|
  c.disconnect
  ['1.0', '3.14159,1.0,12.0'].each do |versions|
    one = Stomp::Connection.new(options('accept-version' => versions))
    equal(one.protocol, '1.0')
    one.disconnect
  end
end
with_connection('test_nack11p_0010') do |c, q|
  if VERSION == '1.0'
    refused = begin
      c.nack('dummy msg-id')
    rescue Stomp::Error::UnsupportedProtocolError
      true
    end
    equal(refused, true)
  else
    c.publish(q, 'refuse me')
    sid = c.uuid
    c.subscribe(q, ack: :client, id: sid)
    message = c.receive
    c.nack(ack_id(message), ack_headers(message))
    c.unsubscribe(q, id: sid)
    c.disconnect
    again = Stomp::Connection.open(options)
    again.subscribe(q, ack: :auto, id: again.uuid)
    equal(again.receive.body, 'refuse me')
    again.disconnect
  end
end

unless VERSION == '1.0'
  with_connection('test_conn_1p_0000') { |c| check(c.open?, 'open') }
  with_connection('test_conn_1p_0020', 'accept-version' => '1.0') { |c| equal(c.protocol, '1.0') }
  with_connection('test_conn_1p_0030') { |c| equal(c.protocol, VERSION) }
  with_connection('test_conn_1p_0040', 'heart-beat' => '0,0') { |c| equal(c.protocol, VERSION) }
  with_connection('test_conn_1p_0070', 'heart-beat' => '500,1000') do |c|
    check(c.hbsend_interval.positive? && c.hbrecv_interval.positive?, 'both intervals')
  end
  with_connection('test_conn_1p_0124') do |c, q|
    headers = { 'key1' => 'val1', 'key2' => 'val2', 'key3' => %w[kv3 kv2 kv1] }
    c.publish(q, 'repeated', headers)
    sid = c.uuid
    c.subscribe(q, id: sid)
    equal(c.receive.body, 'repeated')
    c.unsubscribe(q, id: sid)
  end
  with_connection('test_conn_1p_0127') { |c, q| c.subscribe(q, id: c.uuid.freeze) }
  with_connection('test_conn_1p_0200') do |c, q|
    headers = { 'ab:cd' => 'ef:gh', "a\nb" => "c\nd", 'x\\y' => 'z\\s' }
    headers["bb\rcc"] = "dd\ree" if VERSION == '1.2'
    c.subscribe(q, id: c.uuid)
    message = echoed(c, q, 'encoded', headers)
    headers.each { |name, value| equal(message.headers[name], value) }
  end
end

# One message to a new subscription of a client.
def first_of(client, queue, headers = {})
  first = nil
  client.subscribe(queue, with_id(client, headers)) { |message| first ||= message }
  wait { first }
  first
end

with_client('test_poll_async (client)') { |c| equal(c.poll, nil) }
with_client('test_connection_frame (client)') { |c| equal(c.connection_frame.command, 'CONNECTED') }
with_client('test_ack_api_works') do |c, q|
  c.publish(q, 'acknowledge me', suppress_content_length: true)
  message = first_of(c, q, ack: 'client')
  receipt = nil
  c.acknowledge(message, ack_headers(message)) { |r| receipt = r }
  wait { receipt }
  check(receipt.headers['receipt-id'], 'receipt-id')
end
with_client('test_asynch_subscribe') do |c, q|
  message = nil
  c.subscribe(q, with_id(c)) { |m| message = m }
  c.publish(q, 'asynchronous')
  wait { message }
  equal(message.body, 'asynchronous')
end
with_client('test_noack') do |c, q|
  c.publish(q, 'never acknowledged')
  first_of(c, q, ack: :client)
  c.close
  other = Stomp::Client.new(options)
  equal(first_of(other, q).body, 'never acknowledged')
  other.close
end
with_client('test_receipts') do |c, q|
  receipt = nil
  c.publish(q, 'with a receipt') { |r| receipt = r }
  wait { receipt }
  equal(receipt.command, 'RECEIPT')
  equal(first_of(c, q).body, 'with a receipt')
end
with_client('test_disconnect_receipt (client)') do |c|
  c.close(receipt: 'xyz789')
  equal(c.disconnect_receipt.headers['receipt-id'], 'xyz789')
end
with_client('test_publish_then_sub') do |c, q|
  c.publish(q, 'before')
  equal(first_of(c, q).body, 'before')
end
with_client('test_transactional_publish') do |c, q|
  c.begin('tx1A')
  c.publish(q, 'committed', transaction: 'tx1A')
  c.commit('tx1A')
  equal(first_of(c, q).body, 'committed')
end
with_client('test_transaction_publish_then_rollback') do |c, q|
  c.begin('tx')
  c.publish(q, 'first_message', transaction: 'tx')
  c.abort('tx')
  c.begin('tx')
  c.publish(q, 'second_message', transaction: 'tx')
  c.commit('tx')
  equal(first_of(c, q).body, 'second_message')
end
%w[cli auto].each do |mode|
  with_client("test_tran_ack_abrt_newcli_#{mode}") do |c, q|
    c.publish(q, 'acknowledged in vain')
    c.begin('tx1')
    message = first_of(c, q, ack: 'client')
    c.acknowledge(message, ack_headers(message, transaction: 'tx1'))
    c.abort('tx1')
    c.close
    other = Stomp::Client.new(options)
    other.begin('tx2')
    again = first_of(other, q, ack: mode == 'cli' ? 'client' : 'auto')
    equal(again.body, 'acknowledged in vain')
    other.acknowledge(again, ack_headers(again, transaction: 'tx2')) if mode == 'cli'
    other.commit('tx2')
    other.close
  end
end
with_client('test_transaction_with_client_side_reack') do |c, q|
  c.publish(q, 'acknowledged twice')
  c.begin('tx1D')
  got = []
  c.subscribe(q, with_id(c, ack: 'client')) { |message| got << message }
  wait { got.size == 1 }
  c.acknowledge(got[0], ack_headers(got[0], transaction: 'tx1D'))
  c.abort('tx1D')
  # The gem itself gives it out again.
  wait { got.size == 2 }
  c.begin('tx2D')
  c.acknowledge(got[1], ack_headers(got[1], transaction: 'tx2D'))
  c.commit('tx2D')
end
with_client('test_unsubscribe') do |c, q|
  sid = with_id(c)
  message = nil
  c.subscribe(q, sid.merge(ack: 'client')) { |m| message = m }
  c.publish(q, 'left')
  wait { message }
  c.unsubscribe(q, sid)
  c.close
  other = Stomp::Client.new(options)
  equal(first_of(other, q).body, 'left')
  other.close
end
with_client('test_thread_one_subscribe') do |c, q|
  message = nil
  Thread.new { c.subscribe(q, with_id(c)) { |m| message = m } }
  c.publish(q, 'for the thread')
  wait { message }
end
with_client('test_thread_multi_subscribe') do |c, q|
  got = Queue.new
  count = VERSION == '1.0' ? 1 : 20
  Array.new(count) { Thread.new { c.subscribe(q, with_id(c)) { |m| got << m } } }.each(&:join)
  50.times { |index| c.publish(q, "message #{index}") }
  wait { got.size == 50 }
end
with_client('test_max_redeliveries') do |c, q|
  seen = []
  c.subscribe(q, with_id(c, id: 'sid')) do |message|
    seen << message.body
    c.unreceive(message, max_redeliveries: 2, dead_letter_queue: '/queue/DLQ')
  end
  c.publish(q, 'To Be Redelivered')
  wait { seen.size == 3 }
  equal(first_of(Stomp::Client.new(options), '/queue/DLQ').body[0, 17], 'To Be Redelivered')
  equal(seen.size, 3)
end
$stdout.flush
exit!(0)
