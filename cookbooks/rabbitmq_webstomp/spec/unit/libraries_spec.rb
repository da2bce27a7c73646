# frozen_string_literal: true

require 'spec_helper'

describe RabbitmqWebstomp::Configuration do
  it 'flattens, renders and reads back' do
    flat = described_class.flatten('log' => { 'file' => { level: :info } }, 'listeners.tcp' => %w(5672 5673), 'gone' => nil)
    expect(flat).to eq('listeners.tcp.1' => '5672', 'listeners.tcp.2' => '5673', 'log.file.level' => 'info')
    expect(described_class.parse(described_class.render(flat))).to eq flat
  end

  it 'knows which versions know a key' do
    expect(described_class.version_fault('web_stomp.allow_origins.1', '4.2.6')).to be_nil
    expect(described_class.version_fault('cluster_formation.randomized_startup_delay_range.min', '4.0.5')).to match(/gone since RabbitMQ 4.0.0/)
    expect(described_class.version_fault('stomp.max_frame_size_unauthenticated', '3.13.7')).to match(/needs RabbitMQ 4.2.6/)
  end

  it 'does not tell secrets' do
    expect(described_class.tell('default_pass', 'old', 'new')).not_to match(/old|new/)
  end

  it 'takes nothing but a number for what becomes Erlang' do
    expect { described_class.live_command('heartbeat', '30). halt(') }.to raise_error(ArgumentError, /whole number/)
  end
end

describe RabbitmqWebstomp::Password do
  it 'tells the broker\'s hash of a password from another' do
    hash = described_class.hash('correct horse')
    expect(described_class.match?('correct horse', hash)).to be true
    expect(described_class.match?('correct hors', hash)).to be false
    expect(described_class.match?('', '')).to be false
    expect(described_class.match?('x', 'no base 64!')).to be false
  end

  # From the broker's documentation.
  it 'makes the hash that RabbitMQ documents' do
    expect(described_class.hash('test12', ['908DC60A'].pack('H*'))).to eq 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR'
  end

  it 'knows the well-known ones, however they are written' do
    expect(%w(guest Monster change-me ChangeMe SECRET_COOKIE)).to all(satisfy { |word| described_class.well_known?(word) })
    expect(described_class.well_known?('0c5b7e')).to be false
  end
end

describe RabbitmqWebstomp::Rolling do
  let(:broker) { instance_double(RabbitmqWebstomp::Broker, forget: nil) }
  let(:time) { { seconds: 0 } }
  let(:rolling) { described_class.new(broker, sleeper: ->(wait) { time[:seconds] += wait }, clock: -> { time[:seconds] }) }

  before { allow(RabbitmqWebstomp::Cli).to receive(:run) }

  it 'waits until no other node is away' do
    allow(broker).to receive(:ask).and_return("{down,['rabbit@b']}", "{maintenance,['rabbit@c']}", 'ok')
    rolling.claim(60)
    expect(time[:seconds]).to eq 2 * described_class::POLL_SECONDS
  end

  it 'gives up after its time, and says for whom it waited' do
    allow(broker).to receive(:ask).and_return("{maintenance,['rabbit@c']}")
    expect { rolling.claim(10) }.to raise_error(RabbitmqWebstomp::NotNow, /rabbit@c is in maintenance/)
  end

  it 'gives the turn back when queues would lose their quorum' do
    allow(broker).to receive(:ask).and_return('ok')
    allow(RabbitmqWebstomp::Cli).to receive(:run).with('rabbitmq-upgrade', 'await_online_quorum_plus_one', any_args)
                                                 .and_raise(RabbitmqWebstomp::CliFailed, 'not yet')
    expect { rolling.claim(10) }.to raise_error(RabbitmqWebstomp::CliFailed)
    expect(RabbitmqWebstomp::Cli).to have_received(:run).with('rabbitmq-upgrade', 'revive', any_args)
  end
end

describe RabbitmqWebstomp::Secrets do
  let(:node) { Struct.new(:run_state).new({}) }
  let(:folder) { Dir.mktmpdir }

  after { FileUtils.rm_rf(folder) }

  it 'takes what the run was given before what lies in a file' do
    File.write(File.join(folder, 'a.password'), "from a file\n", perm: 0o600)
    expect(described_class.new(node, folder).fetch('a.password')).to eq 'from a file'
    node.run_state['hubblecast_secrets'] = { 'a.password' => 'given' }
    expect(described_class.new(node, folder).fetch('a.password')).to eq 'given'
  end

  it 'refuses a file that everybody can read, and says where a missing one should be' do
    File.write(File.join(folder, 'a.password'), 'x')
    File.chmod(0o644, File.join(folder, 'a.password'))
    expect { described_class.new(node, folder).fetch('a.password') }.to raise_error(/open to every user/)
    expect { described_class.new(node, folder).fetch('b.password') }.to raise_error(%r{write it to .*/b.password \(mode 0600\)})
  end

  it 'makes one at random where it may, once' do
    secrets = described_class.new(node, folder, generate: true)
    made = secrets.fetch('a.password')
    expect(made.length).to eq 64
    expect(secrets.fetch('a.password')).to eq made
    expect(File.stat(File.join(folder, 'a.password')).mode & 0o077).to eq 0
  end
end

describe RabbitmqWebstomp::Cli do
  it 'never runs a shell' do
    expect(described_class.execute(['echo', '$HOME `id`'], timeout: 5)).to eq "$HOME `id`\n"
  end

  it 'tells a failure with neither input nor control characters' do
    expect { described_class.execute(['sh', '-c', 'cat >/dev/null; printf "\033[31mbad\007" >&2; exit 3'], timeout: 5, input: 'secret') }
      .to raise_error(RabbitmqWebstomp::CliFailed) { |error|
        expect(error.message).to include('exit code 3', 'bad')
        expect(error.message).not_to match(/secret|\e|\a/)
      }
  end

  it 'ends what does not end' do
    expect { described_class.execute(%w(sleep 5), timeout: 0.2) }.to raise_error(RabbitmqWebstomp::CliFailed, /did not end within 0.2 s/)
  end

  it 'asks a node that runs and did not let it in again, where it may' do
    busy = RabbitmqWebstomp::CliFailed.new("rabbitmqctl x ended with exit code 69: Error\n  * node rabbit@a up, 'rabbit' application running")
    answers = [busy, busy, '{}', busy, busy, busy, busy]
    allow(described_class).to receive(:execute) { answers.shift.tap { |answer| raise answer if answer.is_a?(Exception) } }
    expect(described_class.rabbitmqctl('export_definitions', '-')).to eq '{}'
    expect { described_class.rabbitmqctl('import_definitions', 'x') }.to raise_error(busy)
    expect { described_class.rabbitmqctl('forget_cluster_node', 'x') }.to raise_error(busy)
    expect(answers).to be_empty
  end

  it 'says a name in Erlang with digits alone' do
    expect(described_class.erlang_binary('a">>')).to eq '<<97,34,62,62>>'
  end
end

describe RabbitmqWebstomp::Checks do
  it 'knows patterns that match more than they seem to' do
    expect(['', '.*', '^a$', '^(a|b)$', '^a[|]b', '^a\|b$'].filter_map { |pattern| described_class.pattern_fault(pattern) }).to be_empty
    expect(['a', '^a|b', '^(a'].map { |pattern| described_class.pattern_fault(pattern) }).to all(be_a(String))
  end
end

describe RabbitmqWebstomp::Documents do
  let(:broker) { instance_double(RabbitmqWebstomp::Broker) }
  let(:early) { RabbitmqWebstomp::CliFailed.new("queue 'x' does not have a replica on the local node") }

  before { allow(described_class).to receive(:sleep) }

  it 'waits for the copies of a node that has just booted' do
    answers = [early, early, "#{Base64.strict_encode64('hubble_viewer.a')}:#{Base64.strict_encode64('{}')}\nok"]
    allow(broker).to receive(:ask) { answers.shift.tap { |answer| raise answer if answer.is_a?(Exception) } }
    expect(described_class.read(broker, 'hubble', %w(hubble_viewer.a))).to eq('hubble_viewer.a' => '{}')
  end

  it 'waits for nothing else, and not for ever' do
    allow(broker).to receive(:ask).and_raise(RabbitmqWebstomp::CliFailed, 'no access')
    expect { described_class.read(broker, 'hubble', %w(x)) }.to raise_error(/no access/)
    allow(broker).to receive(:ask).and_raise(early)
    expect { described_class.read(broker, 'hubble', %w(x)) }.to raise_error(/replica/)
  end
end
