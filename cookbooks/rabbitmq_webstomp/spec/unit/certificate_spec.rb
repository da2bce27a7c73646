# frozen_string_literal: true

require 'spec_helper'
require 'openssl'

describe 'rabbitmq_webstomp_certificate', :converge do
  KEY = OpenSSL::PKey::EC.generate('prime256v1')

  def signed(key = KEY, names: %w(a.example.org), from: Time.now - 60, till: Time.now + 3600)
    certificate = OpenSSL::X509::Certificate.new
    certificate.version = 2
    certificate.serial = 1
    certificate.subject = certificate.issuer = OpenSSL::X509::Name.parse('/CN=spec')
    certificate.public_key = key
    certificate.not_before = from
    certificate.not_after = till
    extensions = OpenSSL::X509::ExtensionFactory.new(certificate, certificate)
    certificate.add_extension(extensions.create_extension('subjectAltName', names.map { |name| "DNS:#{name}" }.join(',')))
    certificate.sign(key, OpenSSL::Digest.new('SHA256')).to_pem
  end

  def certificate(text = signed, key_text = KEY.to_pem, **properties)
    converge do
      rabbitmq_webstomp_certificate 'page' do
        certificate text
        key key_text
        properties.each { |name, value| public_send(name, value) }
      end
    end
  end

  it 'writes its files so that root and the broker alone can read them, and has both servers take them' do
    run = certificate(ca: signed)
    %w(page.crt page.key page.ca.crt).each do |name|
      expect(run).to create_file("/etc/rabbitmq/tls/#{name}").with(owner: 'root', group: 'rabbitmq', mode: '0640', sensitive: true)
      file = run.file("/etc/rabbitmq/tls/#{name}")
      expect(file).to notify('ruby_block[the broker reads its certificates anew]').to(:run).delayed
      expect(file).to notify('execute[nginx reads its certificates anew]').to(:run).delayed
    end
  end

  it 'deletes its files' do
    expect(certificate(action: :delete)).to delete_file('/etc/rabbitmq/tls/page.key')
  end

  it 'refuses what no client would take, before anything is written' do
    other = OpenSSL::PKey::EC.generate('prime256v1')
    {
      [signed, other.to_pem] => /key is not the key of this certificate/,
      [signed(till: Time.now - 5), KEY.to_pem] => /ran out on/,
      [signed(from: Time.now + 600), KEY.to_pem] => /is valid from .* on only/,
      ['nothing', KEY.to_pem] => /certificate holds no PEM certificate/,
      [signed, 'nothing'] => /key is no PEM private key/,
      [signed + signed(other), KEY.to_pem] => /is not signed by the one that follows it/,
    }.each do |(text, key), message|
      expect { certificate(text, key) }.to raise_error(message)
    end
    expect { certificate(names: %w(b.example.org)) }.to raise_error(/certificate is not valid for b.example.org; nothing was changed/)
    expect { certificate(ca: 'nothing') }.to raise_error(/ca holds no PEM certificate/)
  end
end
