# frozen_string_literal: true

require 'openssl'

module RabbitmqWebstomp
  # The steps of rabbitmq_webstomp_certificate's actions.
  module CertificateActions
    def paths
      base = ::File.join(new_resource.path, new_resource.certificate_name)
      { certificate: "#{base}.crt", key: "#{base}.key", ca: "#{base}.ca.crt" }
    end

    def check_certificate
      fault = Certificate.fault(new_resource.certificate, new_resource.key, new_resource.ca, new_resource.names)
      raise ArgumentError, "#{new_resource}: #{fault}; nothing was changed" if fault
    end

    def write_files
      refresh = [broker_resource, nginx_resource]
      paths.each do |part, path|
        text = new_resource.public_send(part)
        declare_resource(:file, path) do
          owner 'root'
          group 'rabbitmq'
          mode '0640'
          content text if text
          sensitive true
          action(text ? :create : :delete)
          refresh.each { |resource| notifies :run, resource, :delayed }
        end
      end
    end

    # The broker keeps what it read of certificate files for two minutes; new connections then get the new one.
    def broker_resource
      find_resource(:ruby_block, 'the broker reads its certificates anew') do
        block { Cli.rabbitmqctl('eval', 'ssl:clear_pem_cache().') if Machine.pid.positive? }
        action :nothing
      end
    end

    def nginx_resource
      find_resource(:execute, 'nginx reads its certificates anew') do
        command 'nginx -t -q && systemctl reload nginx'
        only_if { ::File.exist?('/usr/sbin/nginx') && ::File.exist?('/run/nginx.pid') }
        action :nothing
      end
    end
  end
end
