# frozen_string_literal: true

require_relative '../spec_helper'

describe 'hubble_adapter::default' do
  platform 'debian', '12'

  before { @folder = Dir.mktmpdir }
  after { FileUtils.rm_rf(@folder) }

  let(:chef_run) do
    chef_runner.node.override['hubble_adapter'].tap do |attributes|
      attributes['version'] = '1.0.0'
      attributes['source'] = 'https://releases.example.org/hubble-adapter-1.0.0.tar.gz'
      attributes['sha256'] = 'a' * 64
      attributes['config'] = { 'hubble' => { 'address' => 'relay:4245' } }
      attributes['secrets_path'] = @folder
    end
    chef_runner.converge(described_recipe)
  end

  it 'maps attributes to properties' do
    File.write(File.join(@folder, 'adapter.password'), "from a file\n", perm: 0o600)
    expect(chef_run).to create_hubble_adapter('adapter').with(
      version: '1.0.0', source: 'https://releases.example.org/hubble-adapter-1.0.0.tar.gz', sha256: 'a' * 64, keep_releases: 3,
      dependencies: 'debian', config: { 'hubble' => { 'address' => 'relay:4245' } }, secrets: { 'rabbitmq.password' => 'from a file' },
      credentials: false, environment: {}, service_directives: {}
    )
  end

  it 'takes a secret of the run before the one in a file' do
    File.write(File.join(@folder, 'adapter.password'), 'from a file', perm: 0o600)
    chef_runner.node.run_state['hubblecast_secrets'] = { 'adapter.password' => 'from the run' }
    expect(chef_run).to create_hubble_adapter('adapter').with(secrets: { 'rabbitmq.password' => 'from the run' })
  end

  it 'says where a missing secret is looked for' do
    expect { chef_run.find_resource(:hubble_adapter, 'adapter').secrets }
      .to raise_error(ArgumentError, /no secret adapter\.password: set node\.run_state\['hubblecast_secrets'\].*#{@folder}/)
  end

  it 'refuses a secret that everybody can read' do
    File.write(File.join(@folder, 'adapter.password'), 'x')
    File.chmod(0o644, File.join(@folder, 'adapter.password'))
    expect { chef_run.find_resource(:hubble_adapter, 'adapter').secrets }.to raise_error(ArgumentError, /chmod 0600/)
  end
end
