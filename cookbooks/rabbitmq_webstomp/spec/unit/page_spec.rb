# frozen_string_literal: true

require 'spec_helper'
require 'digest'

describe 'rabbitmq_webstomp_page', :converge do
  before do
    @page = Dir.mktmpdir
    allow(RabbitmqWebstomp::Cli).to receive(:execute) do |command, **_options|
      if command.first == 'tar'
        File.write(File.join(command.last, 'index.html'), 'page') unless @broken
      end
      ''
    end
  end

  after { FileUtils.rm_rf(@page) }

  # The archive as remote_file would have fetched it.
  def archive(version, text)
    sha256 = Digest::SHA256.hexdigest(text)
    File.write(path("hubblecast-#{version}-#{sha256[0, 12]}.tar.gz"), @other_bytes || text)
    sha256
  end

  def page(release = '1.0.0', **properties)
    folder = @page
    FileUtils.mkdir_p(File.join(folder, 'releases'))
    defaults = { source: '/srv/page.tar.gz', sha256: archive(release, "bytes of #{release}"), version: release, path: folder,
                 server_names: %w(flows.example.org), tls_certificate: '/etc/tls/page.crt', tls_key: '/etc/tls/page.key' }
    converge do
      rabbitmq_webstomp_page 'hubblecast' do
        defaults.merge(properties).each { |name, value| public_send(name, value) }
      end
    end
  end

  def current
    File.basename(File.readlink(File.join(@page, 'current')))
  end

  def site(run)
    run.template('/etc/nginx/sites-available/hubblecast')
  end

  it 'installs the release, makes it current and serves it' do
    run = page
    expect(current).to start_with('1.0.0-')
    expect(run).to create_remote_file(%r{/hubblecast-1.0.0-.*\.tar\.gz}).with(source: ['file:///srv/page.tar.gz'])
    expect(run).to render_file('/etc/nginx/sites-available/hubblecast').with_content { |text|
      expect(text).to include("default-src 'none'", 'Strict-Transport-Security', 'listen 443 ssl default_server;', 'server_name flows.example.org;',
                              'proxy_set_header Cookie "";', 'limit_req zone=hubblecast_logins burst=60 nodelay;', 'server 127.0.0.1:15674 max_fails=0;',
                              'return 308 https://$host$request_uri;', 'return 421;')
    }
    expect(run).to create_link('/etc/nginx/sites-enabled/hubblecast')
    expect(run).to delete_link('/etc/nginx/sites-enabled/default')
    expect(run).to start_service('nginx')
    expect(site(run)).to notify('execute[nginx reads hubblecast anew]').to(:run).delayed
  end

  it 'tells the audit who opens a WebSocket, before the broker hears of it' do
    expect(page(visitors: '/run/audit.sock')).to render_file('/etc/nginx/sites-available/hubblecast').with_content { |text|
      expect(text).to include('auth_request /visitor;', 'proxy_bind $hubblecast_visitor;', 'log_subrequest on;',
                              'access_log syslog:server=unix:/run/audit.sock,nohostname,tag=visitor hubblecast_visitor;')
    }
    # From an address of the loopback nginx reaches this machine alone.
    [{}, { visitors: '/run/audit.sock', web_stomp: '10.0.0.1:15674' }].each do |properties|
      expect(page(**properties)).to render_file('/etc/nginx/sites-available/hubblecast').with_content { |text|
        expect(text).not_to include('visitor')
      }
    end
  end

  it 'unpacks nothing the second time' do
    page
    run = page
    expect(run).not_to create_remote_file(/hubblecast/)
    expect(RabbitmqWebstomp::Cli).to have_received(:execute).with(array_including('tar'), anything).once
  end

  it 'switches to another release, and back with no download' do
    page
    page '1.1.0'
    expect(current).to start_with('1.1.0-')
    page
    expect(current).to start_with('1.0.0-')
    expect(RabbitmqWebstomp::Cli).to have_received(:execute).with(array_including('tar'), anything).twice
  end

  it 'keeps as many earlier releases as asked' do
    %w(1.0.0 1.1.0 1.2.0).each { |version| page version }
    run = page('1.3.0', keep_releases: 1)
    expect(Dir[File.join(@page, 'releases', '1.[01]*')]).to all(satisfy { |folder| run.find_resource(:directory, folder) })
  end

  it 'refuses bytes of another checksum, and keeps the current release' do
    page
    @other_bytes = 'something else'
    expect { page '1.1.0' }.to raise_error(/has the SHA-256 .*, not /)
    expect(current).to start_with('1.0.0-')
  end

  it 'refuses an archive that holds no page, and keeps the current release' do
    page
    @broken = true
    expect { page '1.1.0' }.to raise_error(/holds no index.html/)
    expect(current).to start_with('1.0.0-')
    expect(Dir.children(File.join(@page, 'releases')).length).to eq 1
  end

  it 'serves without TLS only when told' do
    expect { page(tls_certificate: nil, tls_key: nil) }.to raise_error(/tls_certificate and tls_key are needed; `insecure true`/)
    expect(page(tls_certificate: nil, tls_key: nil, insecure: true)).to render_file('/etc/nginx/sites-available/hubblecast').with_content { |text|
      expect(text).to include('listen 80;')
      expect(text).not_to include('ssl', 'Strict-Transport-Security')
    }
  end

  it 'takes other headers, and none that would be more than a value' do
    run = page(headers: { 'Referrer-Policy' => nil, 'X-Robots-Tag' => 'none' })
    expect(run).to render_file('/etc/nginx/sites-available/hubblecast').with_content { |text|
      expect(text).to include('add_header X-Robots-Tag "none" always;')
      expect(text).not_to include('Referrer-Policy')
    }
    expect { page(headers: { 'X' => 'a"; return 200' }) }.to raise_error(/X may hold no double quote/)
  end

  { sha256: 'abc', version: '../1', server_names: ['a b'], path: '/tmp/a b', web_stomp: 'broker' }.each do |name, value|
    it "refuses #{name} #{value.inspect}" do
      expect { page(**{ name => value }) }.to raise_error(Chef::Exceptions::ValidationFailed, /#{name}/)
    end
  end

  it 'removes the site and the releases' do
    run = page(action: :remove)
    expect(run).to delete_link('/etc/nginx/sites-enabled/hubblecast')
    expect(run).to delete_file('/etc/nginx/sites-available/hubblecast')
    expect(run).to delete_directory(@page).with(recursive: true)
  end
end
