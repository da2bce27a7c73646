# frozen_string_literal: true

require_relative '../spec_helper'

describe HubbleAdapter::Release do
  before do
    @folder = Dir.mktmpdir
    stub_const('HubbleAdapter::Places::ROOT', @folder)
    FileUtils.mkdir_p(File.join(@folder, 'releases'))
  end

  after { FileUtils.rm_rf(@folder) }

  # A real archive, as `make dist` lays it out.
  def archive(*files)
    source = File.join(@folder, 'hubble-adapter-1.0.0')
    files.each do |file|
      FileUtils.mkdir_p(File.dirname(File.join(source, file)))
      File.write(File.join(source, file), "# #{file}\n", perm: file.start_with?('bin/') ? 0o755 : 0o666)
    end
    system('tar', '-czf', "#{source}.tar.gz", '-C', @folder, 'hubble-adapter-1.0.0', exception: true)
    FileUtils.rm_rf(source)
    "#{source}.tar.gz"
  end

  def complete_archive
    archive('bin/hubble-adapter', 'systemd/hubble-adapter.service', 'hubble_adapter/__init__.py')
  end

  it 'unpacks an archive, compiled and writable by root alone' do
    file = complete_archive
    release = described_class.new('1.0.0', Digest::SHA256.file(file).hexdigest)
    expect(release).not_to be_present
    release.unpack(file)
    expect(release).to be_present
    expect(release.unit).to eq("# systemd/hubble-adapter.service\n")
    expect(File.stat(release.program).mode & 0o777).to eq(0o755)
    expect(File.stat(File.join(release.path, 'hubble_adapter/__init__.py')).mode & 0o777).to eq(0o644)
    expect(Dir[File.join(release.path, 'hubble_adapter/__pycache__/*.pyc')]).not_to be_empty
  end

  it 'refuses an archive with another checksum, and leaves nothing' do
    release = described_class.new('1.0.0', 'a' * 64)
    expect { release.unpack(complete_archive) }.to raise_error(/has the SHA-256 [0-9a-f]{64}, not a{64}/)
    expect(Dir.children(File.join(@folder, 'releases'))).to be_empty
  end

  it 'refuses an archive that is something else, and leaves nothing' do
    file = archive('bin/something')
    release = described_class.new('1.0.0', Digest::SHA256.file(file).hexdigest)
    expect { release.unpack(file) }.to raise_error(%r{is no release of the adapter: it has no bin/hubble-adapter and no systemd/})
    expect(Dir.children(File.join(@folder, 'releases'))).to be_empty
  end

  it 'switches from one version to another' do
    expect(described_class.current_version).to be_nil
    %w(1.0.0 1.1.0).each do |version|
      described_class.new(version, nil).switch
      expect(described_class.current_version).to eq(version)
    end
    expect(described_class.new('1.1.0', nil)).to be_current
  end

  it 'never gives the current release up as stale' do
    %w(1.0.0 1.1.0 1.2.0).each { |version| FileUtils.mkdir_p(File.join(@folder, 'releases', version)) }
    described_class.new('1.0.0', nil).switch
    expect(described_class.new('1.2.0', nil).stale(0)).to eq([File.join(@folder, 'releases', '1.1.0')])
  end
end

describe HubbleAdapter::Configuration do
  subject(:configuration) { described_class.new(settings) }

  let(:settings) { { hubble: { address: 'relay:4245' }, 'batch' => { 'max_flows' => 10 }, 'filters' => { 'verdicts' => [:DROPPED] } } }

  it 'is the same text for the same settings, without anything of Ruby' do
    expect(configuration.text).to eq("batch:\n  max_flows: 10\nfilters:\n  verdicts:\n  - DROPPED\nhubble:\n  address: relay:4245\n")
    expect(described_class.new(settings.to_a.reverse.to_h).text).to eq(configuration.text)
  end

  it 'quotes what YAML would read as something else' do
    text = described_class.new('a' => 'no', 'b' => '012', 'c' => '1e3', 'd' => "x\ny: z", 'e' => '').text
    expect(YAML.safe_load(text)).to eq('a' => 'no', 'b' => '012', 'c' => '1e3', 'd' => "x\ny: z", 'e' => '')
    expect(text).to match(/a: ['"]no['"]/)
  end

  it 'knows what a reload cannot do' do
    expect(configuration.restart_after?(configuration.text)).to be(false)
    expect(configuration.restart_after?(described_class.new(settings.merge('batch' => {})).text)).to be(false)
    %w(cluster http reconnect_max_seconds state_directory).each do |key|
      expect(configuration.restart_after?(described_class.new(settings.merge(key => 'x')).text)).to be(true)
    end
  end

  it 'takes a file that is no configuration for one that says nothing' do
    [nil, '', '- a', '{', "a: !ruby/object:Object {}\n"].each { |text| expect(described_class.parse(text)).to eq({}) }
  end

  context 'asked of a release' do
    before do
      @folder = Dir.mktmpdir
      FileUtils.chmod(0o755, @folder)
      stub_const('HubbleAdapter::Places::ETC', @folder)
      stub_const('HubbleAdapter::Places::USER', Etc.getpwuid.name)
      allow(FileUtils).to receive(:chown)
    end

    after { FileUtils.rm_rf(@folder) }

    def program(body)
      File.join(@folder, 'program').tap { |path| File.write(path, "#!/bin/sh\n#{body}\n", perm: 0o755) }
    end

    it 'has no problem where the check passes, and leaves no candidate' do
      path = program('[ "$1 $2" = "check --config" ] && grep -q "address: relay:4245" "$3" && [ "$CREDENTIALS_DIRECTORY" ]')
      expect(configuration.problems(path, user: nil)).to eq([])
      expect(Dir.children(@folder)).to eq(['program'])
    end

    it 'tells problems in the words of the check, with the name of the real file' do
      path = program('printf "hubble-adapter: %s\nhubble-adapter: 1 problem in the configuration\n" "$3: is not YAML" >&2; exit 78')
      expect(configuration.problems(path, user: nil)).to eq(["#{@folder}/config.yaml: is not YAML"])
    end

    it 'tells of a check that fails without a word' do
      expect(configuration.problems(program('exit 3'), user: nil)).to eq(['`hubble-adapter check` ended with exit code 3'])
    end
  end
end

describe HubbleAdapter::Machine do
  let(:configuration) { HubbleAdapter::Configuration.new('hubble' => { 'address' => 'relay:4245' }) }
  let(:now) { described_class.new(version: '1', unit: 'u', drop_in: nil, config: configuration.text, secrets: { 'a' => 'b' }) }

  def change(**differences)
    wanted = described_class.new(**now.to_h.merge(differences))
    now.change_to(wanted, configuration, secrets_live: true)
  end

  it 'asks for the least that does' do
    expect(change).to eq(:nothing)
    expect(change(version: '2')).to eq(:restart)
    expect(change(unit: 'v')).to eq(:restart)
    expect(change(drop_in: "[Service]\n")).to eq(:restart)
    expect(change(secrets: { 'a' => 'c' })).to eq(:reload)
  end

  it 'needs a restart for a secret that systemd hands over' do
    wanted = described_class.new(**now.to_h.merge(secrets: { 'a' => 'c' }))
    expect(now.change_to(wanted, configuration, secrets_live: false)).to eq(:restart)
  end
end
